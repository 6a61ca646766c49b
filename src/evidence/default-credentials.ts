/** A pair that a product is delivered with. Facts only; `list` says where it is published. */
export interface DefaultCredential {
  /** Who delivers it, where that is known; 'generic' for what many do. */
  readonly vendor: string
  readonly user: string
  readonly password: string
  readonly list: keyof typeof LISTS
}

/** The published lists, by the short name that findings show, and where each can be read. */
const LISTS = {
  'Mirai source code':
    'scanner.c of the Mirai source code, made public on 2016-09-30; makers as matched by B. Krebs, 2016-10-03, https://krebsonsecurity.com/2016/10/who-makes-the-iot-things-under-attack/',
  "maker's manual": 'first log-in as told by the manual or support pages of the maker named',
} as const

const mirai = (vendor: string, user: string, ...passwords: string[]): DefaultCredential[] =>
  passwords.map((password) => ({ vendor, user, password, list: 'Mirai source code' }))
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

  ...manual('Axis', 'root', 'pass'),
  ...manual('D-Link', 'admin', ''),
  ...manual('Edimax', 'admin', '1234'),
  ...manual('Foscam', 'admin', ''),
  ...manual('Hikvision', 'admin', '12345'),
  ...manual('Linksys', 'admin', 'admin'),
  ...manual('NETGEAR', 'admin', 'password'),
  ...manual('Raspberry Pi', 'pi', 'raspberry'),
  ...manual('Samsung', 'admin', '4321'),
  ...manual('TP-Link', 'admin', 'admin'),
  ...manual('VIVOTEK', 'root', ''),
  ...manual('Zyxel', 'admin', '1234'),
]
