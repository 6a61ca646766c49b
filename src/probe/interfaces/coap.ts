import { latin1, printable } from '../../decode/text.ts'
import { datagramQuestions } from '../datagrams/questions.ts'
import type { DeviceAsking } from '../probe.ts'
import { hearDatagram } from '../services/heard.ts'
import { compact } from './compact.ts'

/** Resources that are told. */
const MOST = 24

/** The resources that a CoAP server lists for anybody (RFC 6690): links in its answer's payload, behind the marker 0xff. */
export async function askCoap({ asker, target, open, note }: DeviceAsking): Promise<void> {
  if (!open.some(({ protocol }) => protocol === 'coap')) return
  const question = datagramQuestions.find(({ protocol }) => protocol === 'coap')!
  const { answers, ref } = await asker.datagram(target.ip, question.port, question.says(target.ip), 'reads /.well-known/core')
  const answer = answers[0]
  if (answer === undefined || hearDatagram(answer, question.port)?.protocol !== 'coap') return
  const marker = answer.indexOf(0xff)
  // 2.05 Content
  if (answer[1] !== 0x45 || marker < 0) return
  const links = [...latin1(answer, marker + 1, answer.length).matchAll(/<(\/[^>]{0,100})>([^,]{0,200})/g)]
  const paths = links.map(([, path]) => printable(path!, 64)).slice(0, MOST)
  const kinds = links.flatMap(([, , attributes]) => /\brt="?([^";]+)/.exec(attributes!)?.[1] ?? [])
  note(
    'probe.interface',
    'coap /.well-known/core',
    {
      protocol: 'coap',
      port: question.port,
      what: `${links.length} resources listed for anybody: ${paths.slice(0, 8).join(', ') || 'none'}`,
      gives: 'read',
      detail: compact({ kinds: [...new Set(kinds)].slice(0, 8).join(', ') }),
    },
    [ref],
  )
}
