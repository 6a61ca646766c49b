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
import { observeNbns } from './nbns.ts'
import { observeNtp } from './ntp.ts'
import { observeSnmp } from './snmp.ts'
import { observeSsdp } from './ssdp.ts'
import { observeStun } from './stun.ts'
import { observeAdb } from './adb.ts'
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
import { observeHttp } from './http.ts'
import { observeQuic } from './quic.ts'
import { observeTls } from './tls.ts'
import { observeXmpp } from './xmpp.ts'

/** Observer by protocol name. */
export const observers: Readonly<Record<string, Observer<never>>> = {
  coap: observeCoap,
  dhcp: observeDhcp,
  dhcpv6: observeDhcpv6,
  dns: observeDns,
  llmnr: observeLlmnr,
  mdns: observeMdns,
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
  http: observeHttp,
  tls: observeTls,
  quic: observeQuic,
}
