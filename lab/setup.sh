#!/bin/sh
# Installs the real software that the lab plays its network with (Debian or Ubuntu, as root); elsewhere says what is missing.
# No service is started: the lab runs each program itself, inside its own namespaces.
set -eu

programs='ip:iproute2 unshare:util-linux setpriv:util-linux nsenter:util-linux nft:nftables ethtool:ethtool tcpdump:tcpdump tshark:tshark
editcap:wireshark-common openssl:openssl curl:curl busybox:busybox udhcpc:udhcpc dhclient:isc-dhcp-client dnsmasq:dnsmasq-base
chronyd:chrony lighttpd:lighttpd mosquitto:mosquitto mosquitto_pub:mosquitto-clients avahi-daemon:avahi-daemon
/usr/lib/lighttpd/mod_openssl.so:lighttpd-mod-openssl coap-server-notls:libcoap3-bin miniupnpd:miniupnpd-nftables upnpc:miniupnpc telnetd:inetutils-telnetd vsftpd:vsftpd
named:bind9 dig:bind9-dnsutils dnssec-dsfromkey:bind9-utils'

PATH="$PATH:/usr/sbin:/sbin"
missing=''
packages=''
for pair in $programs; do
  if ! command -v "${pair%%:*}" >/dev/null 2>&1 && ! [ -e "${pair%%:*}" ]; then
    missing="$missing ${pair%%:*}"
    packages="$packages ${pair##*:}"
  fi
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "lab: these programs are missing:$missing" >&2
  echo "lab: on Debian, run lab/setup.sh as root (packages:$packages)" >&2
  exit 1
fi

# A package's service must not start on this machine because the lab wants its program.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
echo "lab: installing$packages" >&2
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages >&2
