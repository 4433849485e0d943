" SPDX-License-Identifier: GPL-2.0-only
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal noexpandtab tabstop=8 shiftwidth=8 softtabstop=0
setlocal cindent cinoptions=:0,l1,t0,(0
setlocal comments=sO:*\ -,mO:*\ \ ,exO:*/,s1:/*,mb:*,ex:*/,:// commentstring=//%s

if has('nvim')
  lua require('refcheck').start()
endif

let b:undo_ftplugin = 'setlocal expandtab< tabstop< shiftwidth< softtabstop< cindent< cinoptions< comments< commentstring<'
