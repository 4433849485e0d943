" SPDX-License-Identifier: GPL-2.0-only
" .rc and .spec are names of other things, too: a file is ours by what stands in it.
function! s:Ours()
  let l:pattern = '^use "[^"]*\.spec"\|^source "\|^\(resource\|context\|fact\|entry\|role\|extend resource\) \|__from(\|^contract {'
  if search(l:pattern, 'nw') > 0 || (line('$') == 1 && getline(1) ==# '')
    setlocal filetype=refcheck
  endif
endfunction

autocmd BufNewFile,BufRead *.rc,*.spec call s:Ours()
