import type { MessageBase } from '../../decode/message.ts'
import { printable } from '../../decode/text.ts'

/** Software, as it says of itself. */
export interface Product {
  product?: string
  version?: string
  /** Its first words, printable, in one line. */
  banner?: string
}

const MAX_NAME = 64
const MAX_BANNER = 200

/** Out of what a service said: by the fields in which its protocol names software, else by its greeting. */
export function productOf(protocol: string, messages: readonly MessageBase[], said: string): Product {
  switch (protocol) {
    case 'ssh': {
      // RFC 4253, section 4.2: 'SSH-2.0-OpenSSH_9.2p1 Debian-2', 'SSH-2.0-dropbear_2022.83'
      const software = /^SSH-[\d.]+-([^\s]+)/.exec(said)?.[1]
      return software === undefined ? {} : { ...named(software, '_'), banner: line(said.split(/\r?\n/, 1)[0]!) }
    }
    case 'http':
    case 'ssdp':
    case 'rtsp':
    case 'sip': {
      const server = /^(?:server|user-agent):[ \t]*([^\r\n]+)/im.exec(said.split('\r\n\r\n', 1)[0]!)?.[1]?.trim()
      if (server === undefined || server === '') return {}
      // UPnP Device Architecture 2.0, section 1.2.2: system, 'UPnP/1.1', then the product
      const product = / UPnP\/[\d.]+,? +(.+)$/.exec(server)?.[1] ?? server
      return { ...named(product, '/'), banner: printable(server, MAX_BANNER) }
    }
    case 'dns': {
      // version.bind: 'dnsmasq-2.90', '9.18.24-1-Debian', 'unbound 1.17.1'
      const text = textOf(messages)
      return text === undefined ? {} : { ...named(text.replace(' ', '-'), '-'), banner: printable(text, MAX_BANNER) }
    }
    case 'snmp': {
      const text = line(sysDescrOf(messages) ?? '')
      return text === '' ? {} : { ...inText(text), banner: text }
    }
    case 'mysql':
      return { product: 'MySQL or MariaDB', ...versionOf(/(\d+\.\d[\w.+~-]*)/.exec(said)?.[1]) }
    case 'memcached':
      return { product: 'memcached', ...versionOf(/^VERSION (\S+)/.exec(said)?.[1]) }
    case 'ftp':
    case 'smtp':
    case 'imap':
    case 'pop3':
    case 'telnet':
    case 'rsync':
    case 'vnc':
    case '': {
      const banner = line(bannerOf(messages) ?? said)
      return banner === '' ? {} : { ...inText(banner), banner }
    }
    default:
      return identityOf(messages)
  }
}

/** 'lighttpd/1.4.69', 'dropbear_2022.83', 'GoAhead-Webs', 'Apache/2.4.57 (Debian)'. */
function named(software: string, by: string): Product {
  const first = /^[^\s(;,]+/.exec(software)?.[0] ?? software
  const at = first.lastIndexOf(by)
  // OpenSSH_for_Windows_8.6: the version is what begins with a digit
  if (at > 0 && /^v?\d/.test(first.slice(at + 1)))
    return { product: printable(first.slice(0, at), MAX_NAME), ...versionOf(first.slice(at + 1)) }
  return { product: printable(first, MAX_NAME), ...versionOf(/ v?(\d+(?:\.\d+)+[\w.-]*)/.exec(software)?.[1]) }
}

/** '220 (vsFTPd 3.0.3)', '220 mail ESMTP Exim 4.96', 'BusyBox v1.19.4 built-in shell'. */
function inText(banner: string): Product {
  const found = /\b([A-Za-z][A-Za-z-]{2,30})[ /_]\[?v?(\d+(?:\.\d+)+[\w-]*)/.exec(banner)
  return found === null ? {} : { product: found[1]!, ...versionOf(found[2]) }
}

function bannerOf(messages: readonly (MessageBase & { banner?: unknown })[]): string | undefined {
  const banner = messages.find((message) => typeof message.banner === 'string' && message.banner !== '')?.banner
  return typeof banner === 'string' ? banner : undefined
}

function textOf(messages: readonly (MessageBase & { answers?: unknown })[]): string | undefined {
  const answers = messages.flatMap(({ answers }) => (Array.isArray(answers) ? (answers as { texts?: readonly string[] }[]) : []))
  return answers.flatMap(({ texts = [] }) => texts).find((one) => one !== '')
}

/** The value of sysDescr.0 (RFC 3418). */
function sysDescrOf(messages: readonly (MessageBase & { variables?: unknown })[]): string | undefined {
  const variables = messages.flatMap(({ variables: all }) =>
    Array.isArray(all) ? (all as { oid: string; value: string }[]) : [],
  )
  return variables.find(({ oid }) => oid === '1.3.6.1.2.1.1.1.0')?.value
}

/** Machines say who made them in answers of their own kind. */
function identityOf(messages: readonly (MessageBase & { vendor?: unknown; model?: unknown; firmware?: unknown })[]): Product {
  const one = messages.find(
    (message) => !message.fromClient && (typeof message.model === 'string' || typeof message.vendor === 'string'),
  )
  if (one === undefined) return {}
  const product = [one.vendor, one.model].filter((part) => typeof part === 'string').join(' ')
  return {
    ...(product === '' ? {} : { product: printable(product, MAX_NAME) }),
    ...versionOf(typeof one.firmware === 'string' ? one.firmware : undefined),
  }
}

function versionOf(version: string | undefined): { version?: string } {
  return version === undefined || version === '' ? {} : { version: printable(version, MAX_NAME) }
}

/** In one line, without what only steers a terminal. */
function line(said: string): string {
  // oxlint-disable-next-line no-control-regex
  const plain = said.replace(/\u001B\[[\d;]*[A-Za-z]|[\u0000-\u001F\u007F]+/g, ' ')
  return printable(plain.replace(/\s+/g, ' ').trim(), MAX_BANNER)
}
