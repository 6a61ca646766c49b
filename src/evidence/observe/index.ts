import type { Message } from '../../decode/protocols/index.ts'
import type { Observer } from '../context.ts'

/** Observer by protocol name. */
export const observers: Readonly<Record<string, Observer<never>>> = {}

export type { Message }
