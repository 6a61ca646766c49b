#!/bin/sh
# What telnetd runs instead of /bin/login: `login.sh USER PASSWORD`. Never counts, never waits, never locks.
tries=0
while [ $tries -lt 3 ]; do
  printf 'login: '
  read -r user || exit
  stty -echo 2>/dev/null
  printf 'Password: '
  read -r password || exit
  stty echo 2>/dev/null
  printf '\n'
  if [ "$user" = "$1" ] && [ "$password" = "$2" ]; then
    printf '\nBusyBox v1.22.1 (2016-05-11 11:02:21 CST) built-in shell (ash)\n\n'
    while printf '# ' && read -r line; do
      case "$line" in
        exit) exit ;;
        'cat /proc/version') echo 'Linux version 3.10.14 (gcc version 4.7.2)' ;;
        ps) printf '  PID USER     COMMAND\n    1 root     init\n   87 root     /usr/bin/ipcam\n' ;;
        *) echo "${line%% *}: not found" ;;
      esac
    done
    exit
  fi
  printf '\nLogin incorrect\n'
  tries=$((tries + 1))
done
