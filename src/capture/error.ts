type CaptureErrorCode =
  | 'not-found'
  | 'is-directory'
  | 'unreadable'
  | 'not-a-capture'
  | 'unwritable'
  | 'same-file'
  | 'mixed-link-types'
  | 'no-capturer'
  | 'no-privilege'
  | 'no-interface'
  | 'bad-filter'
  | 'broken-off'

/** A capture that cannot be read (or written) at all; the message says what, where and what to do. Damage within one is no error. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode
  constructor(code: CaptureErrorCode, message: string) {
    super(message)
    this.name = 'CaptureError'
    this.code = code
  }
}
