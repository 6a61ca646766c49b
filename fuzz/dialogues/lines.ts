import type { Turn } from '../../src/testing/dialogue-capture.ts'

/* Conversations of protocols that are spoken in lines, after the examples of their standards. */

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')
const lines = (...all: string[]) => all.map((line) => `${line}\r\n`).join('')
/** One line at a time: who says it, and what. */
const talk = (...all: string[]): Turn[] => all.map((line) => [line[0] === '<' ? 'server' : 'client', lines(line.slice(2))])

/** RFC 959 appendix III and section 7. */
export const ftp: readonly Turn[][] = [
  [
    ['server', '220-Welcome to\r\n 220 the camera\r\n220 FTP server (v2.1) ready\r\n'],
    ...talk(
      '> USER admin',
      '< 331 Password required for admin',
      '> PASS wr0ng',
      '< 530 Login incorrect',
      '> user root',
      '< 331 Please specify the password.',
      '> pass s3cret with blanks',
      '< 230 Login successful.',
      '> SYST',
      '< 215 UNIX Type: L8',
      '> CWD /pictures',
      '< 250 Okay.',
      '> PASV',
      '< 227 Entering Passive Mode (192,168,7,1,200,21)',
      '> RETR front.jpg',
      '< 150 Opening BINARY mode data connection.',
      '< 226 Transfer complete.',
      '> STOR door 7.jpg',
      '< 553 Could not create file.',
      '> QUIT',
      '< 221 Goodbye.',
    ),
  ],
  [
    ...talk('< 220 (vsFTPd 3.0.3)', '> FEAT'),
    ['server', '211-Features:\r\n AUTH TLS\r\n EPSV\r\n211 End\r\n'],
    ...talk(
      '> USER anonymous',
      '< 331 Any password will do',
      '> PASS guest@example.com',
      '< 230 Come in',
      '> ACCT house',
      '< 202 Superfluous',
    ),
    ['client', lines('TYPE I', 'EPSV', 'LIST -a')],
    ['server', lines('200 Type is image', '229 Entering Extended Passive Mode (|||50021|)', '125 Starts', '226 Ends')],
  ],
]

/** RFC 4954 section 4.1, RFC 5321 appendix D. */
export const smtp: readonly Turn[][] = [
  [
    ...talk('< 220 smtp.example.com ESMTP server', '> EHLO ipcam'),
    ['server', '250-smtp.example.com\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n'],
    ...talk(
      '> AUTH LOGIN',
      `< 334 ${base64('Username:')}`,
      `> ${base64('ann@example.com')}`,
      `< 334 ${base64('Password:')}`,
      `> ${base64('wrong')}`,
      '< 535 5.7.8 Authentication credentials invalid',
      `> AUTH PLAIN ${base64('\0ann@example.com\0right')}`,
      '< 235 2.7.0 Authentication successful',
      '> MAIL FROM:<ann@example.com> SIZE=10',
      '< 250 2.1.0 Ok',
      '> RCPT TO:<bob@example.org>',
      '< 250 2.1.5 Ok',
      '> RCPT TO:<carl@example.org>',
      '< 550 No such user here',
      '> DATA',
      '< 354 End data with <CR><LF>.<CR><LF>',
    ),
    ['client', 'Subject: somebody at the door\r\n\r\nMAIL FROM:<this@is.text>\r\n.\r\n'],
    ...talk('< 250 queued as 12345', '> QUIT', '< 221 bye'),
  ],
  talk(
    '< 220 mx.example.net Postfix SMTP',
    '> HELO plug',
    '< 250 mx.example.net',
    '> MAIL FROM:<>',
    '< 250 Ok',
    '> MAIL FROM:<plug@example.net>',
    '< 503 Sender already specified',
    '> RSET',
    '< 250 Ok',
    '> VRFY root',
    '< 252 Cannot',
    '> NOOP',
    '< 250 Ok',
  ),
]

/** RFC 1939 section 10, RFC 5034 section 6. */
export const pop3: readonly Turn[][] = [
  [
    ...talk('< +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>', '> CAPA'),
    ['server', '+OK List follows\r\nUSER\r\nSASL PLAIN\r\n.\r\n'],
    ...talk(
      '> USER mrose',
      '< +OK mrose is a real hoopy frood',
      '> PASS wr0ng',
      '< -ERR maildrop already locked',
      '> APOP mrose c4c9334bac560ecc979e58001b3e22fb',
      '< +OK maildrop has 1 message',
      '> STAT',
      '< +OK 1 120',
      '> RETR 1',
    ),
    ['server', '+OK 120 octets\r\nSubject: x\r\n\r\nUSER is text here\r\n.\r\n'],
    ...talk('> QUIT', '< +OK bye'),
  ],
  talk(
    '< +OK Dovecot POP ready.',
    '> AUTH PLAIN',
    '< + ',
    `> ${base64('\0tim\0tanstaaf')}`,
    '< +OK Logged in.',
    '> LIST',
    '< +OK 0 messages',
    '> user second',
    '< -ERR not now',
  ),
]

/** RFC 3501 section 8. */
export const imap: readonly Turn[][] = [
  talk(
    '< * OK IMAP4rev1 Service Ready',
    '> a001 login mrc secret',
    '< a001 OK LOGIN completed',
    '> a002 select inbox',
    '< * 18 EXISTS',
    '< a002 OK [READ-WRITE] SELECT completed',
    '> a003 LOGIN "ann smith" "two words"',
    '< a003 NO LOGIN failed',
    '> a004 LOGIN {5}',
    '< + Ready for additional command text',
    '> bobby {6}',
    '< + Ready',
    '> pass!!',
    '< a004 BAD no',
    '> a006 logout',
    '< * BYE IMAP4rev1 server terminating connection',
  ),
  [
    ['server', '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot ready.\r\n'],
    ...talk(
      '> 1 CAPABILITY',
      '< 1 OK Capability completed.',
      '> 2 AUTHENTICATE PLAIN',
      '< + ',
      `> ${base64('\0joe\0b1gs3cret')}`,
      '< 2 OK Logged in',
      '> 3 FETCH 1 BODY[]',
      '< 3 OK done',
    ),
  ],
]

const rtspRequest = (method: string, url: string, sequence: number, ...headers: string[]): Turn => [
  'client',
  lines(`${method} ${url} RTSP/1.0`, `CSeq: ${sequence}`, ...headers, ''),
]
const rtspAnswer = (status: string, sequence: number, ...headers: string[]): Turn => [
  'server',
  lines(`RTSP/1.0 ${status}`, `CSeq: ${sequence}`, ...headers, ''),
]
const SDP = 'v=0\r\no=- 1 1 IN IP4 192.168.7.1\r\ns=camera\r\nm=video 0 RTP/AVP 96\r\n'

/** RFC 2326 section 14. */
export const rtsp: readonly Turn[][] = [
  [
    rtspRequest('OPTIONS', 'rtsp://192.168.7.1:554/live', 1, 'User-Agent: VLC/3.0'),
    rtspAnswer('200 OK', 1, 'Public: OPTIONS, DESCRIBE, SETUP, PLAY'),
    rtspRequest('DESCRIBE', 'rtsp://192.168.7.1:554/live', 2, 'Accept: application/sdp'),
    rtspAnswer('401 Unauthorized', 2, 'WWW-Authenticate: Digest realm="cam", nonce="00ff"'),
    rtspRequest('DESCRIBE', 'rtsp://192.168.7.1:554/live', 3, `Authorization: Basic ${base64('admin:12345')}`),
    [
      'server',
      `${lines('RTSP/1.0 200 OK', 'CSeq: 3', 'Content-Type: application/sdp', `Content-Length: ${SDP.length}`, '')}${SDP}`,
    ],
    rtspRequest('SETUP', 'rtsp://192.168.7.1:554/live/track1', 4, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1'),
    rtspAnswer('200 OK', 4, 'Session: 12345678', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1'),
    rtspRequest('PLAY', 'rtsp://192.168.7.1:554/live', 5, 'Session: 12345678'),
    rtspAnswer('200 OK', 5, 'Session: 12345678'),
    ['server', '$\0\0\x0cmediamediame$\x01\0\x04ctrl'],
    rtspRequest('TEARDOWN', 'rtsp://192.168.7.1:554/live', 6, 'Session: 12345678'),
    rtspAnswer('454 Session Not Found', 6, 'Server: cam/1.0'),
  ],
  [
    rtspRequest('SETUP', 'rtsp://cam.example/a b?x=1', 302),
    rtspAnswer('404 Not Found', 302),
    rtspRequest('GET_PARAMETER', 'rtsp://cam.example/fizzle', 431, 'Content-Type: text/parameters', 'Content-Length: 0'),
    rtspAnswer('200 OK', 431),
  ],
]

const INVITE = 'v=0\r\no=- 1 1 IN IP4 192.168.7.2\r\ns=-\r\nm=audio 49170 RTP/AVP 0 8\r\nm=video 51372 RTP/SAVP 99\r\n'
const via = 'Via: SIP/2.0/TCP 192.168.7.2:5060;branch=z9hG4bKnashds7'

/** RFC 3261 section 24. */
export const sip: readonly Turn[][] = [
  [
    [
      'client',
      lines(
        'REGISTER sip:registrar.example.com SIP/2.0',
        via,
        'From: Bob <sip:5551234567@example.com>;tag=456248',
        'To: Bob <sip:5551234567@example.com>',
        'Call-ID: 843817637684230',
        'CSeq: 1826 REGISTER',
        'User-Agent: Grandstream GXP1625 1.0.4.128',
        'Authorization: Digest username="5551234567", realm="example.com", nonce="x", uri="sip:x", response="00"',
        'Content-Length: 0',
        '',
      ),
    ],
    [
      'server',
      lines(
        'SIP/2.0 401 Unauthorized',
        via,
        'From: Bob <sip:5551234567@example.com>;tag=456248',
        'To: Bob <sip:5551234567@example.com>;tag=1',
        'Call-ID: 843817637684230',
        'CSeq: 1826 REGISTER',
        'Server: Asterisk PBX 16.2.1',
        'WWW-Authenticate: Digest algorithm=MD5, realm="example.com", nonce="x"',
        'Content-Length: 0',
        '',
      ),
    ],
    [
      'client',
      `${lines(
        'INVITE sip:alice@example.com;transport=tcp SIP/2.0',
        'v: SIP/2.0/TCP 192.168.7.2',
        'f: <sip:door@example.com>;tag=1',
        't: <sip:alice@example.com>',
        'i: 7',
        'CSeq: 1 INVITE',
        'c: application/sdp',
        `l: ${INVITE.length}`,
        '',
      )}${INVITE}`,
    ],
    ['server', lines('SIP/2.0 180 Ringing', via, 'CSeq: 1 INVITE', 'User-Agent: Door 7', 'Content-Length: 0', '')],
    [
      'server',
      `${lines('SIP/2.0 200 OK', via, 'CSeq: 1 INVITE', 'Content-Type: application/sdp', `Content-Length: ${INVITE.length}`, '')}${INVITE}`,
    ],
    [
      'client',
      lines('ACK sip:alice@example.com SIP/2.0', via, 'From: sip:door@example.com', 'CSeq: 1 ACK', 'Content-Length: 0', ''),
    ],
    ['client', lines('BYE tel:+15551234 SIP/2.0', via, 'CSeq: 2 BYE', 'Content-Length: 0', '')],
  ],
]

const IAC = '\xff'

/** RFC 854, RFC 855, RFC 857, RFC 1091. */
export const telnet: readonly Turn[][] = [
  [
    ['server', `${IAC}\xfd\x18${IAC}\xfd\x1f${IAC}\xfb\x01${IAC}\xfb\x03`],
    ['client', `${IAC}\xfb\x18${IAC}\xfb\x1f${IAC}\xfd\x01${IAC}\xfe\x03`],
    ['server', `${IAC}\xfa\x18\x01${IAC}\xf0`],
    ['client', `${IAC}\xfa\x18\0XTERM${IAC}\xf0${IAC}\xfa\x1f\0\x50\0\x18${IAC}\xf0`],
    ['server', '\r\nrouter login: '],
    ['client', 'root\r\n'],
    ['server', 'root\r\nPassword: '],
    ['client', 'xc3511\r\0'],
    ['server', '\r\nLogin incorrect\r\nrouter login: '],
    ['client', 'admin\r\n'],
    ['server', 'admin\r\nPassword: '],
    ['client', 'admin\r\n'],
    ['server', '\r\n\r\nBusyBox v1.19.4 built-in shell (ash)\r\n~ # '],
    ['client', `cat /etc/x${IAC}${IAC}y\r\n`],
    ['server', `${IAC}\xfb\x06ok\r\n~ # `],
  ],
]

const STREAMS = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

/** RFC 6120 section 9, XEP-0078. */
export const xmpp: readonly Turn[][] = [
  [
    ['client', `<?xml version='1.0'?><stream:stream to='im.example.com' version='1.0' ${STREAMS}>`],
    ['server', `<?xml version='1.0'?><stream:stream from='im.example.com' id='t7' version='1.0' ${STREAMS}>`],
    [
      'server',
      `<stream:features><mechanisms ${SASL}><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    ],
    ['client', `<auth ${SASL} mechanism='PLAIN'>${base64('\0juliet\0wr0ng')}</auth>`],
    ['server', `<failure ${SASL}><not-authorized/></failure>`],
    ['client', `<auth ${SASL} mechanism='PLAIN'>${base64('\0juliet\0r0m30myr0m30')}</auth>`],
    ['server', `<success ${SASL}/>`],
    ['client', `<message from='a@b' to='c@d'><body>hello there</body></message>`],
  ],
  [
    ['client', `<stream:stream to="plug.example" ${STREAMS}>`],
    ['server', `<stream:stream from='plug.example' id='3EE948B0' ${STREAMS}>`],
    [
      'client',
      "<iq type='set' id='a2'><query xmlns='jabber:iq:auth'><username>bill</username><password>Calli0pe</password></query></iq>",
    ],
    ['server', "<iq type='result' id='a2'/>"],
  ],
]

const names = (list: string) => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(list.length)
  return `${out.toString('latin1')}${list}`
}
/** RFC 4253 section 7.1. */
function keyExchange(cookie: string, kex: string, host: string, ciphers: string, macs: string): string {
  const lists = [kex, host, ciphers, `${ciphers},none`, macs, macs, 'none', 'none,zlib', '', ''].map(names).join('')
  const payload = `\x14${cookie.repeat(16)}${lists}\0\0\0\0\0`
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(payload.length + padding + 1)
  return `${head.toString('latin1')}${String.fromCharCode(padding)}${payload}${'\0'.repeat(padding)}`
}

export const ssh: readonly Turn[][] = [
  [
    ['server', 'SSH-2.0-dropbear_2019.78\r\n'],
    ['client', 'SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n'],
    [
      'client',
      keyExchange(
        'c',
        'curve25519-sha256,diffie-hellman-group14-sha1',
        'ssh-ed25519,ssh-rsa',
        'aes128-ctr,3des-cbc',
        'hmac-sha2-256',
      ),
    ],
    ['server', keyExchange('s', 'diffie-hellman-group1-sha1', 'ssh-rsa,ssh-dss', 'aes128-cbc,3des-cbc', 'hmac-sha1,hmac-md5')],
    ['client', '\0\0\0\x0c\x0a\x15padding...'],
  ],
  [
    ['client', 'SSH-1.99-libssh2_1.4.2\n'],
    [
      'server',
      `SSH-2.0-Cisco-1.25\n${keyExchange('x', 'diffie-hellman-group-exchange-sha1', 'ssh-rsa', 'aes256-ctr', 'hmac-sha1-96')}`,
    ],
  ],
]

const SHORT = '{"on":true}'

/** RFC 9110, RFC 9112. */
export const http: readonly Turn[][] = [
  [
    ['client', lines('GET /status?room=1 HTTP/1.1', 'Host: lamp.local', 'User-Agent: app/2.1 (x; y)', 'Cookie: sid=1', '')],
    [
      'server',
      `${lines('HTTP/1.1 200 OK', 'Server: lighttpd/1.4', 'Content-Type: application/json', `Content-Length: ${SHORT.length}`, '')}${SHORT}`,
    ],
    [
      'client',
      `${lines('POST /api HTTP/1.1', 'host: lamp.local:8080', `Authorization: Basic ${base64('admin:12:34')}`, `Content-Length: ${SHORT.length}`, '')}${SHORT}`,
    ],
    [
      'server',
      `${lines('HTTP/1.1 401 Unauthorized', 'WWW-Authenticate: Basic realm="x"', 'Transfer-Encoding: chunked', '')}3\r\nno!\r\n2;x=y\r\n..\r\n0\r\n\r\n`,
    ],
    ['client', lines('HEAD / HTTP/1.1', 'Host: lamp.local', '')],
    ['server', lines('HTTP/1.1 301 Moved', 'Location: http://x/', 'Content-Length: 100', '')],
    ['client', lines('OPTIONS * HTTP/1.1', 'Host: lamp.local', 'Connection: close', '')],
    ['server', lines('HTTP/1.1 204 No Content', 'Server: tiny', '')],
  ],
  [
    ['client', lines('GET http://proxy.example/a%20b HTTP/1.0', '')],
    ['server', `${lines('HTTP/1.0 200 OK', 'Server: old', '')}until the end`],
  ],
]

const query = (id: string, flags: string, body: string) => {
  const message = `${id}${flags}${body}`
  return `${String.fromCharCode(message.length >> 8, message.length & 255)}${message}`
}
const QUESTION = '\x04plug\x07example\x03com\0\0\x01\0\x01'

/** RFC 1035 sections 4.1 and 4.2.2. */
export const dns: readonly Turn[][] = [
  [
    ['client', query('\x12\x34', '\x01\0', `\0\x01\0\0\0\0\0\0${QUESTION}`)],
    [
      'server',
      query(
        '\x12\x34',
        '\x81\x80',
        `\0\x01\0\x02\0\0\0\0${QUESTION}\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03cdn\xc0\x11\xc0\x2e\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x07`,
      ),
    ],
    ['client', query('\x12\x35', '\x01\0', '\0\x01\0\0\0\0\0\0\x05_http\x04_tcp\x05local\0\0\x0c\0\x01')],
    ['server', query('\x12\x35', '\x81\x83', '\0\x01\0\0\0\0\0\0\x05_http\x04_tcp\x05local\0\0\x0c\0\x01')],
  ],
]
