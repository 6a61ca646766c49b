/** A pair that a product is delivered with. Facts only; `list` says where it is published. */
export interface DefaultCredential {
  /** Who delivers it, where that is known; 'generic' for what many do. */
  readonly vendor: string
  readonly user: string
  readonly password: string
  readonly list: keyof typeof LISTS
  /** Where it logs in, as decoders name protocols; undefined: wherever a name and a password are asked for. */
  readonly services?: readonly Service[]
}

type Service = 'ftp' | 'http' | 'mqtt' | 'rtsp' | 'ssh' | 'telnet'

/** The published lists, by the short name that findings show, and where each can be read. */
const LISTS = {
  'Mirai source code':
    'scanner.c of the Mirai source code, made public on 2016-09-30; makers as matched by B. Krebs, 2016-10-03, https://krebsonsecurity.com/2016/10/who-makes-the-iot-things-under-attack/',
  "maker's manual": 'first log-in as told by the manual or support pages of the maker named',
} as const

const mirai = (vendor: string, user: string, ...passwords: string[]): DefaultCredential[] =>
  passwords.map((password) => ({ vendor, user, password, list: 'Mirai source code' }))
/** Of a service only: a broker's, a controller's FTP. */
const manualOf = (services: readonly Service[], vendor: string, user: string, ...passwords: string[]): DefaultCredential[] =>
  manual(vendor, user, ...passwords).map((pair) => ({ ...pair, services }))
const manual = (vendor: string, user: string, ...passwords: string[]): DefaultCredential[] =>
  passwords.map((password) => ({ vendor, user, password, list: "maker's manual" }))

export const defaultCredentials: readonly DefaultCredential[] = [
  ...mirai(
    'generic',
    'root',
    'admin',
    '888888',
    'default',
    '123456',
    '54321',
    '',
    'root',
    '12345',
    'pass',
    '1111',
    '666666',
    'password',
    '1234',
    'user',
  ),
  ...mirai('generic', 'admin', 'admin', 'password', '', '1111', '1234', '12345', '54321', '123456', 'pass'),
  ...mirai('generic', 'support', 'support'),
  ...mirai('generic', 'user', 'user'),
  ...mirai('generic', 'Administrator', 'admin'),
  ...mirai('generic', 'administrator', '1234'),
  ...mirai('generic', 'admin1', 'password'),
  ...mirai('generic', 'service', 'service'),
  ...mirai('generic', 'supervisor', 'supervisor'),
  ...mirai('generic', 'guest', 'guest', '12345'),
  ...mirai('generic', 'tech', 'tech'),
  ...mirai('generic', 'mother', 'fucker'),
  ...mirai('generic', '666666', '666666'),
  ...mirai('generic', '888888', '888888'),
  ...mirai('Xiongmai', 'root', 'xc3511'),
  ...mirai('Anran', 'root', 'xmhdipc'),
  ...mirai('Juan Optical', 'root', 'juantech'),
  ...mirai('Dahua', 'root', 'vizxv', '7ujMko0vizxv', '7ujMko0admin'),
  ...mirai('Dahua', 'admin', '7ujMko0admin'),
  ...mirai('HiSilicon', 'root', 'klv123', 'klv1234', 'hi3518', 'jvbzd'),
  ...mirai('ZTE', 'root', 'Zte521'),
  ...mirai('ANKO', 'root', 'anko'),
  ...mirai('ZLX', 'root', 'zlxx.'),
  ...mirai('IQinVision', 'root', 'system'),
  ...mirai('Toshiba', 'root', 'ikwb'),
  ...mirai('Dreambox', 'root', 'dreambox'),
  ...mirai('Realtek', 'root', 'realtek'),
  ...mirai('Panasonic', 'root', '000000'),
  ...mirai('Samsung', 'admin', '1111111'),
  ...mirai('Mobotix', 'admin', 'meinsm'),
  ...mirai('SMC', 'admin', 'smcadmin'),
  ...mirai('Ubiquiti', 'ubnt', 'ubnt'),

  ...manual('Amcrest', 'admin', 'admin'),
  ...manual('ARRIS', 'admin', 'password'),
  ...manual('ASUS', 'admin', 'admin'),
  ...manual('Axis', 'root', 'pass'),
  ...manual('Beckhoff', 'Administrator', '1'),
  ...manual('Crestron', 'admin', 'admin'),
  ...manual('D-Link', 'admin', ''),
  ...manual('Dahua', 'admin', 'admin'),
  ...manual('Dell', 'root', 'calvin'),
  ...manual('Digi', 'root', 'dbps'),
  ...manual('Edimax', 'admin', '1234'),
  ...manualOf(['http', 'mqtt'], 'EMQX', 'admin', 'public'),
  ...manual('Foscam', 'admin', ''),
  ...manual('GeoVision', 'admin', 'admin'),
  ...manual('Grandstream', 'admin', 'admin'),
  ...manual('Hikvision', 'admin', '12345'),
  ...manual('Linksys', 'admin', 'admin'),
  ...manual('Loxone', 'admin', 'admin'),
  ...manual('MikroTik', 'admin', ''),
  ...manual('NETGEAR', 'admin', 'password'),
  ...manual('OpenWrt', 'root', ''),
  ...manual('Panasonic', 'admin', '12345'),
  ...manual('QNAP', 'admin', 'admin'),
  ...manualOf(['http', 'mqtt'], 'RabbitMQ', 'guest', 'guest'),
  ...manual('Raspberry Pi', 'pi', 'raspberry'),
  ...manual('Reolink', 'admin', ''),
  ...manual('Samsung', 'admin', '4321'),
  ...manualOf(['ftp', 'http'], 'Schneider', 'USER', 'USER'),
  ...manual('Sierra Wireless', 'user', '12345'),
  ...manual('Sony', 'admin', 'admin'),
  ...manual('Supermicro', 'ADMIN', 'ADMIN'),
  ...manual('Synology', 'admin', ''),
  ...manual('Teltonika', 'admin', 'admin01'),
  ...manual('Tenda', 'admin', 'admin'),
  ...manual('TP-Link', 'admin', 'admin'),
  ...manual('TRENDnet', 'admin', 'admin'),
  ...manual('Ubiquiti', 'ubnt', 'ubnt'),
  ...manual('VIVOTEK', 'root', ''),
  ...manualOf(['http'], 'WAGO', 'admin', 'wago'),
  ...manualOf(['ssh', 'telnet', 'ftp'], 'WAGO', 'root', 'wago'),
  ...manual('Xerox', 'admin', '1111'),
  ...manual('Yealink', 'admin', 'admin'),
  ...manual('ZTE', 'admin', 'admin'),
  ...manual('Zyxel', 'admin', '1234'),
]
