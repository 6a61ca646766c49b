import type { Severity } from '../detector.ts'
import type { Stage } from '../stage.ts'
import type { Flags } from './expression.ts'

/*
 * A rule as it is kept between the file that it was read from and the bytes that it is tried on: plain data, since it goes to other threads.
 */

/** What of a message is looked at, each as it came over the wire but for what is said here; 'payload' is what one side said, unread. */
export const BUFFERS = [
  'payload',
  'http.method',
  /** Percent-encoding undone, once. */
  'http.uri',
  'http.uri.raw',
  /** In lower case, without port. */
  'http.host',
  'http.user_agent',
  /** All fields, with their names. */
  'http.header',
  'http.cookie',
  /** The first 4,096 bytes. */
  'http.request_body',
  'http.stat_code',
  'http.server',
  /** The first 4,096 bytes. */
  'http.response_body',
  /** In lower case, without the last dot. */
  'dns.query',
  'tls.sni',
  'ja4',
] as const
export type BufferName = (typeof BUFFERS)[number]

/** What the answer says: all others are of who asks. */
export const ANSWERED: ReadonlySet<BufferName> = new Set(['http.stat_code', 'http.server', 'http.response_body'])

/** Bytes that are there, or are not. */
export interface Content {
  readonly kind: 'content'
  readonly in: BufferName
  readonly bytes: Uint8Array
  readonly nocase?: boolean
  readonly not?: boolean
  /** It is looked for by this one, before all others are tried. */
  readonly fast?: boolean
  /** From the beginning: begins no earlier than `offset`, and is whole within `depth` bytes from there. */
  readonly offset?: number
  readonly depth?: number
  /** From the end of the one before: begins no earlier than `distance`, and is whole within `within` bytes. */
  readonly distance?: number
  readonly within?: number
  /** It is the last. */
  readonly atEnd?: boolean
}

export interface Pattern extends Flags {
  readonly kind: 'pattern'
  readonly in: BufferName
  readonly source: string
  readonly not?: boolean
  /** It begins after the end of the one before. */
  readonly relative?: boolean
}

/** So many bytes follow (after the end of the one before, where relative). */
export interface DataAt {
  readonly kind: 'data-at'
  readonly in: BufferName
  readonly count: number
  readonly relative?: boolean
  readonly not?: boolean
}

/** How long it is. */
export interface Length {
  readonly kind: 'length'
  readonly in: BufferName
  readonly range: Range
}

/** A name that was asked for (DNS, SNI, Host): one of these, or below. */
export interface Named {
  readonly kind: 'name'
  readonly domains: readonly string[]
}

/** It is one of these, letter by letter. */
export interface OneOf {
  readonly kind: 'one-of'
  readonly in: BufferName
  readonly values: readonly string[]
}

export type Test = Content | Pattern | DataAt | Length | Named | OneOf

/** Both ends are in it. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** Any where there is none. */
export interface Ports {
  readonly some: readonly Range[]
  readonly not: readonly Range[]
}

/** 'home': what is local; an address, or with '/' and a length all that begin like it. */
export interface Addresses {
  readonly some: readonly string[]
  readonly not: readonly string[]
}

export interface Bit {
  readonly do: 'set' | 'unset' | 'toggle' | 'isset' | 'isnotset'
  /** More than one: any of them (isset, isnotset). */
  readonly names: readonly string[]
}

export interface Threshold {
  readonly count: number
  readonly seconds: number
  readonly by: 'source' | 'target' | 'both' | 'rule'
}

export interface Rule {
  /** 'sid:1000001', or the name that its writer gave it. */
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly stage?: Stage
  readonly says?: string
  readonly remedy?: string
  /** Of MITRE ATT&CK. */
  readonly techniques: readonly string[]
  /** Where it was read. */
  readonly file: string
  readonly line: number
  /** Written for Suricata, whose priorities say nothing of whether an attempt came to anything. */
  readonly imported?: boolean

  readonly transport: 'tcp' | 'udp' | 'icmp' | 'any'
  /** Names of decoders: it is one of these. */
  readonly protocols?: readonly string[]
  readonly from?: Addresses
  readonly fromPorts?: Ports
  readonly to?: Addresses
  readonly toPorts?: Ports
  /** Whoever sends: from and to may be the other way round. */
  readonly both?: boolean
  /** The port that was called, whoever sends. */
  readonly called?: Ports
  /** What is looked at was said by who called (to-server) or answered. */
  readonly way?: 'to-server' | 'to-client'
  /** Both sides have spoken. */
  readonly established?: boolean

  /** The device did it, or it was done to it; the device called or was called; the other end. */
  readonly device?: 'source' | 'target'
  readonly role?: 'client' | 'server'
  readonly peer?: Addresses

  /** Of what they are of: a rule with none looks at headers only. */
  readonly tests: readonly Test[]
  /** Of the datagram, or of a TCP segment where there are no tests. */
  readonly size?: Range
  /** TCP: (flags & mask) is `value`, or as `how` has it. */
  readonly flags?: { readonly value: number; readonly mask: number; readonly how: 'equal' | 'all' | 'any' | 'none' }
  /** ICMP. */
  readonly type?: Range
  readonly code?: Range
  readonly bits: readonly Bit[]
  /** It only sets bits. */
  readonly silent?: boolean
  readonly threshold?: Threshold
}

/** A rule that is not understood, or too much, and why. */
export interface Refused {
  readonly file: string
  readonly line: number
  /** As far as it could be read. */
  readonly id?: string
  /** What is not understood, in the file's words; undefined where the rule as a whole cannot be read. */
  readonly keyword?: string
  readonly why: string
}

/** Looks at packets' headers, and never at what was said. */
export function isOfHeaders({ tests, bits, protocols }: Rule): boolean {
  return tests.length === 0 && bits.length === 0 && protocols === undefined
}
