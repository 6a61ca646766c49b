import type { Observer } from '../context.ts'
import { observeAmqp } from './amqp.ts'
import { observeBacnet } from './bacnet.ts'
import { observeCoap } from './coap.ts'
import { observeControl } from './control.ts'
import { observeDhcp } from './dhcp.ts'
import { observeDhcpv6 } from './dhcpv6.ts'
import { observeDns } from './dns.ts'
import { observeLlmnr } from './llmnr.ts'
import { observeMdns } from './mdns.ts'
import { observeNbdgm } from './nbdgm.ts'
import { observeNbns } from './nbns.ts'
import { observeNtp } from './ntp.ts'
import { observeSnmp } from './snmp.ts'
import { observeSsdp } from './ssdp.ts'
import { observeStun } from './stun.ts'
import { observeAdb } from './adb.ts'
import { observeDtls } from './dtls.ts'
import { observeFtp } from './ftp.ts'
import { observeKasa } from './kasa.ts'
import { observeKnxip } from './knxip.ts'
import { observeMail } from './mail.ts'
import { observeMiio } from './miio.ts'
import { observeMqtt } from './mqtt.ts'
import { observeOpcua } from './opcua.ts'
import { observeRtcp, observeRtp } from './rtp.ts'
import { observeRtsp } from './rtsp.ts'
import { observeS7 } from './s7.ts'
import { observeSip } from './sip.ts'
import { observeSsh } from './ssh.ts'
import { observeTelnet } from './telnet.ts'
import { observeTuya } from './tuya.ts'
import { observeBroadlink } from './broadlink.ts'
import { observeEsphome } from './esphome.ts'
import { observeGovee } from './govee.ts'
import { observeLifx } from './lifx.ts'
import { observeMatter } from './matter.ts'
import { observeTapo } from './tapo.ts'
import { observeWiz } from './wiz.ts'
import { observeWsd } from './wsd.ts'
import { observeYeelight } from './yeelight.ts'
import { observeHttp } from './http.ts'
import { observeQuic } from './quic.ts'
import { observeTls } from './tls.ts'
import { observeIke, observeOpenvpn, observeWireguard } from './vpn.ts'
import { observeXmpp } from './xmpp.ts'

/** Observer by protocol name. */
export const observers: Readonly<Record<string, Observer<never>>> = {
  coap: observeCoap,
  dhcp: observeDhcp,
  dhcpv6: observeDhcpv6,
  dns: observeDns,
  dtls: observeDtls,
  llmnr: observeLlmnr,
  mdns: observeMdns,
  nbdgm: observeNbdgm,
  nbns: observeNbns,
  ntp: observeNtp,
  snmp: observeSnmp,
  ssdp: observeSsdp,
  stun: observeStun,
  adb: observeAdb,
  ftp: observeFtp,
  imap: observeMail,
  kasa: observeKasa,
  miio: observeMiio,
  xmpp: observeXmpp,
  amqp: observeAmqp,
  bacnet: observeBacnet,
  dnp3: observeControl,
  enip: observeControl,
  knxip: observeKnxip,
  opcua: observeOpcua,
  s7: observeS7,
  sip: observeSip,
  rtp: observeRtp,
  rtcp: observeRtcp,
  modbus: observeControl,
  mqtt: observeMqtt,
  pop3: observeMail,
  rtsp: observeRtsp,
  smtp: observeMail,
  ssh: observeSsh,
  telnet: observeTelnet,
  tuya: observeTuya,
  broadlink: observeBroadlink,
  esphome: observeEsphome,
  govee: observeGovee,
  lifx: observeLifx,
  matter: observeMatter,
  tapo: observeTapo,
  wiz: observeWiz,
  wsd: observeWsd,
  yeelight: observeYeelight,
  http: observeHttp,
  tls: observeTls,
  quic: observeQuic,
  ike: observeIke,
  openvpn: observeOpenvpn,
  wireguard: observeWireguard,
}
