import type { Message } from '../../decode/protocols/index.ts'
import type { Observer } from '../context.ts'
import { observeHttp } from './http.ts'

/** Observer by protocol name. */
export const observers: Readonly<Record<string, Observer<never>>> = {
  http: observeHttp,
}

export type { Message }
