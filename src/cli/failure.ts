/** What a shell learns from us. */
export const EXIT = {
  audited: 0,
  /** Audited, and what --fail-on names was found. */
  found: 1,
  usage: 2,
  /** Input that cannot be read, or is damaged (then what could be read was audited and reported). */
  input: 3,
} as const

/** Ends a command: what and where, what to do about it, and the exit code. */
export class Failure extends Error {
  readonly code: number
  readonly advice: string | undefined

  constructor(code: number, message: string, advice?: string) {
    super(message)
    this.name = 'Failure'
    this.code = code
    this.advice = advice
  }
}

/** Plain words for what the operating system said. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
      return 'no such file or directory'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EISDIR':
      return 'it is a directory'
    case 'ENOSPC':
      return 'no space left on the device'
    case 'EROFS':
      return 'the file system is read-only'
    default:
      return message
  }
}
