import type { Message } from '../../decode/protocols/index.ts'
import type { Observer } from '../context.ts'
import { observeHttp } from './http.ts'
import { observeTls } from './tls.ts'

/** Observer by protocol name. */
export const observers: Readonly<Record<string, Observer<never>>> = {
  http: observeHttp,
  tls: observeTls,
}

export type { Message }
