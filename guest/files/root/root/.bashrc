# Interactive shells.
case $- in *i*) ;; *) return ;; esac

HISTCONTROL=ignoreboth
HISTSIZE=1000
HISTFILESIZE=2000
shopt -s histappend checkwinsize

PS1='\[\e[1;32m\]\u@\h\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]\$ '

alias ls='ls --color=auto' ll='ls -l' la='ls -la'
alias grep='grep --color=auto'
alias diff='diff --color=auto'

# Completion rules are read at the first Tab that wants them: they are some
# thousand lines, and most shells never need them. Reading them puts their own
# loader in this one's place; it is asked at once, since bash asks again only once.
_load_completion() {
	unset -f _load_completion
	. /usr/share/bash-completion/bash_completion
	_comp_complete_load "$@"
}
complete -D -F _load_completion

# The machine usually wakes from a snapshot with this shell at its prompt. All
# copies would draw the same numbers from $RANDOM, so the first command line
# seeds it anew (once; then both settings are gone).
PS0='${PS0:$((RANDOM = SRANDOM, 0)):0}'
PROMPT_COMMAND='PROMPT_COMMAND="unset PS0 PROMPT_COMMAND"'
