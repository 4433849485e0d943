" Made from refcheck.lark by tools/editor_words.py; not to be edited.
" SPDX-License-Identifier: GPL-2.0-only
if exists("b:current_syntax")
  finish
endif

setlocal iskeyword=@,48-57,_

syn keyword refcheckType bool enum int void
syn keyword refcheckControl break case continue default do else for goto guard if return scoped_guard switch unless while
syn keyword refcheckConstant NULL false true
syn keyword refcheckAttribute __any __counted __entry __from __may_sleep __maybe_err __must_hold __nullable __rcu __requires expect in kept refuted sanity vacuous
syn keyword refcheckEffect consume drop enter free hold leave queue release revoke sleep try_hold use
syn keyword refcheckDeclaration context contract entry extend fact inline override read resource role sleeps source static
syn keyword refcheckValue ERR_PTR IS_ERR IS_ERR_OR_NULL any borrow config copy except immortal is move noref take
syn keyword refcheckCall ERR_CAST PTR_ERR PTR_ERR_OR_ZERO likely nondet unlikely unreachable
syn keyword refcheckClause after at c embeds freed holds once published requires shared slot
syn match refcheckProperty /\<\%(leaked-ref\|noref-escape\|release-of-borrowed\|double-release\|use-after-release\|use-after-consume\|hold-of-borrowed\|bad-pointer\|missing-context\|unbalanced-context\|broken-contract\|sanity\)\>/
syn match refcheckErrno /-\%(E2BIG\|EACCES\|EADDRINUSE\|EADDRNOTAVAIL\|EADV\|EAFNOSUPPORT\|EAGAIN\|EALREADY\|EBADE\|EBADF\|EBADFD\|EBADMSG\|EBADR\|EBADRQC\|EBADSLT\|EBFONT\|EBUSY\|ECANCELED\|ECHILD\|ECHRNG\|ECOMM\|ECONNABORTED\|ECONNREFUSED\|ECONNRESET\|EDEADLK\|EDEADLOCK\|EDESTADDRREQ\|EDOM\|EDOTDOT\|EDQUOT\|EEXIST\|EFAULT\|EFBIG\|EHOSTDOWN\|EHOSTUNREACH\|EIDRM\|EILSEQ\|EINPROGRESS\|EINTR\|EINVAL\|EIO\|EIOCBQUEUED\|EISCONN\|EISDIR\|EISNAM\|EKEYEXPIRED\|EKEYREJECTED\|EKEYREVOKED\|EL2HLT\|EL2NSYNC\|EL3HLT\|EL3RST\|ELIBACC\|ELIBBAD\|ELIBEXEC\|ELIBMAX\|ELIBSCN\|ELNRNG\|ELOOP\|EMEDIUMTYPE\|EMFILE\|EMLINK\|EMSGSIZE\|EMULTIHOP\|ENAMETOOLONG\|ENAVAIL\|ENETDOWN\|ENETRESET\|ENETUNREACH\|ENFILE\|ENOANO\|ENOBUFS\|ENOCSI\|ENODATA\|ENODEV\|ENOENT\|ENOEXEC\|ENOIOCTLCMD\|ENOKEY\|ENOLCK\|ENOLINK\|ENOMEDIUM\|ENOMEM\|ENOMSG\|ENONET\|ENOPKG\|ENOPROTOOPT\|ENOSPC\|ENOSR\|ENOSTR\|ENOSYS\|ENOTBLK\|ENOTCONN\|ENOTDIR\|ENOTEMPTY\|ENOTNAM\|ENOTRECOVERABLE\|ENOTSOCK\|ENOTSUP\|ENOTSUPP\|ENOTTY\|ENOTUNIQ\|ENXIO\|EOPNOTSUPP\|EOVERFLOW\|EOWNERDEAD\|EPERM\|EPFNOSUPPORT\|EPIPE\|EPROBE_DEFER\|EPROTO\|EPROTONOSUPPORT\|EPROTOTYPE\|ERANGE\|EREMCHG\|EREMOTE\|EREMOTEIO\|ERESTART\|ERESTARTSYS\|ERFKILL\|EROFS\|ESHUTDOWN\|ESOCKTNOSUPPORT\|ESPIPE\|ESRCH\|ESRMNT\|ESTALE\|ESTRPIPE\|ETIME\|ETIMEDOUT\|ETOOMANYREFS\|ETXTBSY\|EUCLEAN\|EUNATCH\|EUSERS\|EWOULDBLOCK\|EXDEV\|EXFULL\)\>/
syn match refcheckMark /@\d\+/
syn match refcheckNumber /\<\d\+\>/
syn match refcheckLabel /^\h\w*:/
syn region refcheckString start=/"/ skip=/\\./ end=/"/ oneline
syn keyword refcheckTodo contained TODO FIXME
syn match refcheckComment +//.*+ contains=refcheckTodo,@Spell
syn region refcheckComment start=+/[*]+ end=+[*]/+ contains=refcheckTodo,@Spell

hi def link refcheckType Type
hi def link refcheckControl Statement
hi def link refcheckConstant Constant
hi def link refcheckAttribute PreProc
hi def link refcheckEffect Operator
hi def link refcheckDeclaration Keyword
hi def link refcheckValue Special
hi def link refcheckCall Function
hi def link refcheckClause Identifier
hi def link refcheckProperty Special
hi def link refcheckErrno Constant
hi def link refcheckMark Tag
hi def link refcheckNumber Number
hi def link refcheckLabel Label
hi def link refcheckString String
hi def link refcheckTodo Todo
hi def link refcheckComment Comment

let b:current_syntax = "refcheck"
