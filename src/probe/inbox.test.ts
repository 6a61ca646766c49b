import { describe, expect, it } from 'vitest'
import { Inbox } from './inbox.ts'

const soon = { silenceMs: 30 }

describe('an inbox', () => {
  it('gives what came until it is enough, and waits for it', async () => {
    const inbox = new Inbox()
    inbox.take(Buffer.from('220 '))
    const read = inbox.read({ enough: (bytes) => bytes.includes('\n') })
    inbox.take(Buffer.from('hi\n'))
    expect(await read).toEqual({ bytes: Buffer.from('220 hi\n'), ended: 'enough' })
    expect(await inbox.read(soon)).toEqual({ bytes: Buffer.alloc(0), ended: 'silent' })
  })

  it('loses nothing of what is more than was asked for', async () => {
    const inbox = new Inbox()
    inbox.take(Buffer.from('abcdef'))
    inbox.end('closed')
    expect(await inbox.read({ max: 4 })).toEqual({ bytes: Buffer.from('abcd'), ended: 'full' })
    expect(await inbox.read()).toEqual({ bytes: Buffer.from('ef'), ended: 'closed' })
  })

  it('says how it ended, the first word first, after what came before', async () => {
    const inbox = new Inbox()
    const read = inbox.read()
    inbox.take(Buffer.from('x'))
    inbox.end('late')
    inbox.end('closed')
    expect(await read).toEqual({ bytes: Buffer.from('x'), ended: 'late' })
    expect(inbox.over).toBe('late')
  })
})
