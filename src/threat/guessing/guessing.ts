import type { LoginAttempt } from '../../decode/protocols/dialogue.ts'
import type { Context } from '../../evidence/context.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

interface Login extends LoginAttempt {
  protocol: string
  type: string
  frame: number
}

const GUESSES = { value: 8, unit: 'refused log-ins', why: 'a person gives up sooner' }

/** Password guessing: on the device, and by it. */
export const guessing: Detector = {
  id: 'guessing',
  title: 'Password guessing',
  looksFor: `At least ${GUESSES.value} refused log-ins between the same two ends.`,
  mistakes: 'A program with an old password.',
  baseRate: 'not measured yet',
  tunables: { guesses: GUESSES },
  observers: () => ({ telnet: observe }),
  tell,
}

function observe(message: Login, context: Context): void {
  if (message.type !== 'login' || message.outcome !== 'refused') return
  const { client, server } = context
  const facts = { detector: 'guessing', what: message.protocol, port: server.port, detail: {} }
  const options = { needs: GUESSES.value }
  context.sign(
    client,
    `source ${message.protocol} ${server.ip}`,
    { ...facts, role: 'source', peer: context.peer(server, client) },
    message.frame,
    options,
  )
  context.sign(
    server,
    `target ${message.protocol} ${client.ip}`,
    { ...facts, role: 'target', peer: context.peer(client, server) },
    message.frame,
    options,
  )
}

function tell({ data, count }: Sign): Telling {
  const peer = data.peer?.name ?? data.peer?.ip ?? 'somebody'
  const source = data.role === 'source'
  return {
    campaign: 'recruitment',
    stage: source ? 'scanning' : 'guessed',
    severity: source ? 'high' : 'medium',
    confidence: 0.9,
    says: source ? `Tried ${count} passwords on ${peer} by ${data.what}.` : `${peer} tried ${count} passwords by ${data.what}.`,
    techniques: ['T1110.001'],
  }
}
