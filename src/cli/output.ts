import { isatty } from 'node:tty'

/** How to print on standard output: colour only for a person who wants it, and no wider than they can see. */
export function terminal(): { colour: boolean; width: number } {
  const { env, stdout } = process
  const wanted = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false'
  const colour = !env['NO_COLOR'] && (wanted || (isatty(1) && env['TERM'] !== 'dumb'))
  const columns = stdout.columns ?? Number(env['COLUMNS'])
  return { colour, width: Number.isInteger(columns) && columns > 0 ? Math.min(Math.max(columns, 40), 120) : 80 }
}

/** For messages: no control or format character but the line's end (a file name may hold anything). */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => (c === '\n' ? c : '\uFFFD'))
}
