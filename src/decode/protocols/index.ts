import type { DatagramDecoder, MessageBase, StreamDecoder } from '../message.ts'
import { TUNNELS } from '../tunnel.ts'
import { BYTE_CLASSES, classify } from './bytes.ts'
import { amqp, type AmqpMessage } from './amqp.ts'
import { bacnet, type BacnetMessage } from './bacnet.ts'
import { coap, type CoapMessage } from './coap.ts'
import { dhcp, type DhcpMessage } from './dhcp.ts'
import { dhcpv6, type Dhcpv6Message } from './dhcpv6.ts'
import { dns, dnsOverTcp, type DnsMessage } from './dns.ts'
import { llmnr, type LlmnrMessage } from './llmnr.ts'
import { mdns, type MdnsMessage } from './mdns.ts'
import { nbdgm, type NbdgmMessage } from './nbdgm.ts'
import { nbns, type NbnsMessage } from './nbns.ts'
import { ntp, type NtpMessage } from './ntp.ts'
import { snmp, type SnmpMessage } from './snmp.ts'
import { ssdp, type SsdpMessage } from './ssdp.ts'
import { stun, type StunMessage } from './stun.ts'
import { adb, type AdbMessage } from './adb.ts'
import { dtls, type DtlsMessage } from './dtls.ts'
import { dnp3, dnp3Stream, type Dnp3Message } from './dnp3.ts'
import { enip, enipStream, type EnipMessage } from './enip.ts'
import { ftp, type FtpMessage } from './ftp.ts'
import { kasaDatagram, kasaStream, type KasaMessage } from './kasa.ts'
import { knxip, knxipStream, type KnxMessage } from './knxip.ts'
import { imap, pop3, smtp, type MailMessage } from './mail.ts'
import { miio, type MiioMessage } from './miio.ts'
import { modbus, type ModbusMessage } from './modbus.ts'
import { mqtt, type MqttMessage } from './mqtt.ts'
import { opcua, type OpcuaMessage } from './opcua.ts'
import { quic, type QuicMessage } from './quic.ts'
import { rtcp, type RtcpMessage } from './rtcp.ts'
import { rtp, type RtpMessage } from './rtp.ts'
import { rtsp, type RtspMessage } from './rtsp.ts'
import { s7, type S7Message } from './s7.ts'
import { sip, sipStream, type SipMessage } from './sip.ts'
import { ssh, type SshMessage } from './ssh.ts'
import { tls, type TlsMessage } from './tls.ts'
import { telnet, type TelnetMessage } from './telnet.ts'
import { tuyaDatagram, tuyaStream, type TuyaMessage } from './tuya.ts'
import { broadlink, type BroadlinkMessage } from './broadlink.ts'
import { esphome, type EsphomeMessage } from './esphome.ts'
import { govee, type GoveeMessage } from './govee.ts'
import { lifx, type LifxMessage } from './lifx.ts'
import { matter, type MatterMessage } from './matter.ts'
import { tapo, type TapoMessage } from './tapo.ts'
import { wiz, type WizMessage } from './wiz.ts'
import { wsd, type WsdMessage } from './wsd.ts'
import { yeelightDatagram, yeelightStream, type YeelightMessage } from './yeelight.ts'
import { ike, type IkeMessage } from './ike.ts'
import { openvpnDatagram, openvpnStream, type OpenvpnMessage } from './openvpn.ts'
import { wireguard, type WireguardMessage } from './wireguard.ts'
import { xmpp, type XmppMessage } from './xmpp.ts'
import { http } from './http.ts'
import type { HttpExchange } from './http.ts'

/** Every TCP decoder, in order of trial: the strictest recognisers first. */
export const streamDecoders: readonly StreamDecoder[] = [
  tls,
  ssh,
  rtsp,
  mqtt,
  sipStream,
  amqp,
  xmpp,
  opcua,
  dnp3Stream,
  s7,
  knxipStream,
  enipStream,
  modbus,
  adb,
  openvpnStream,
  tuyaStream,
  kasaStream,
  esphome,
  yeelightStream,
  http,
  dnsOverTcp,
  imap,
  pop3,
  smtp,
  ftp,
  telnet,
]

/** Every UDP decoder, in order of trial. */
export const datagramDecoders: readonly DatagramDecoder[] = [
  quic,
  dtls,
  dns,
  mdns,
  llmnr,
  nbns,
  nbdgm,
  dhcp,
  dhcpv6,
  ntp,
  yeelightDatagram,
  ssdp,
  stun,
  snmp,
  coap,
  tuyaDatagram,
  kasaDatagram,
  miio,
  wsd,
  lifx,
  wiz,
  govee,
  tapo,
  broadlink,
  matter,
  ike,
  wireguard,
  openvpnDatagram,
  sip,
  bacnet,
  knxip,
  enip,
  dnp3,
  rtcp,
  rtp,
]

/** All that flows are searched for. */
export const decoders = { stream: streamDecoders, datagram: datagramDecoders, tunnels: TUNNELS, classify, classes: BYTE_CLASSES }

/** Everything a decoder may say. */
export type Message =
  | MessageBase
  | HttpExchange
  | CoapMessage
  | DhcpMessage
  | Dhcpv6Message
  | DnsMessage
  | DtlsMessage
  | LlmnrMessage
  | MdnsMessage
  | NbdgmMessage
  | NbnsMessage
  | NtpMessage
  | SnmpMessage
  | SsdpMessage
  | StunMessage
  | AdbMessage
  | FtpMessage
  | KasaMessage
  | MailMessage
  | MiioMessage
  | XmppMessage
  | AmqpMessage
  | BacnetMessage
  | Dnp3Message
  | EnipMessage
  | KnxMessage
  | OpcuaMessage
  | RtcpMessage
  | RtpMessage
  | S7Message
  | SipMessage
  | ModbusMessage
  | MqttMessage
  | RtspMessage
  | SshMessage
  | TelnetMessage
  | TlsMessage
  | QuicMessage
  | IkeMessage
  | OpenvpnMessage
  | WireguardMessage
  | TuyaMessage
  | BroadlinkMessage
  | EsphomeMessage
  | GoveeMessage
  | LifxMessage
  | MatterMessage
  | TapoMessage
  | WizMessage
  | WsdMessage
  | YeelightMessage
