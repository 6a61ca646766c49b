import type { MqttMessage } from '../../decode/protocols/mqtt.ts'
import type { Context } from '../context.ts'
import { mask } from '../kinds.ts'
import { observePersonal } from '../personal.ts'
import { ends, observeLogin, ROLES } from './login.ts'
import { observeDiscovery } from './mqtt-discovery.ts'

export function observeMqtt(message: MqttMessage, context: Context): void {
  const { client, server } = context
  const { frame } = message
  context.protect('clear')
  switch (message.type) {
    case 'connect': {
      const { version, hasPassword, result, code } = message
      const clientId = withoutAddresses(message.clientId)
      // user names are often access tokens (ThingsBoard and others): masked like a secret
      const user = message.user === undefined ? undefined : mask(message.user)
      for (const role of ROLES) {
        const [party, peer, where] = ends(context, role)
        const key = `${role} ${where} ${clientId} ${version} ${user ?? ''} ${result ?? ''}`
        context.add(party, 'mqtt.session', key, { role, peer, clientId, version, user, hasPassword, result }, frame)
      }
      if (clientId !== '') context.signal(client, 'mqtt.client-id', clientId, frame)
      if (message.user !== undefined || hasPassword) {
        const outcome = code === undefined ? 'unknown' : code === 0 ? 'accepted' : REFUSALS.has(code) ? 'refused' : 'unknown'
        // a name alone may be the whole credential: an access token
        observeLogin(context, frame, 'mqtt', 'CONNECT', { user: message.user, password: message.password, outcome }, true)
      }
      observePersonal(message.clientId, 'client id', 'mqtt', client, server, context, frame)
      if (message.user !== undefined) observePersonal(message.user, 'user name', 'mqtt', client, server, context, frame)
      return
    }
    case 'publish': {
      const { topic, payload, fromClient } = message
      const sender = fromClient ? client : server
      const receiver = fromClient ? server : client
      if (topic !== '') topicSeen(context, topic, fromClient ? 'publish' : 'receive', frame, message.payloadLength)
      // a topic is a path: its levels stand for the words that findPersonal looks between
      observePersonal(topic, 'topic', 'mqtt', sender, receiver, context, frame)
      observePersonal(payload, 'payload', 'mqtt', sender, receiver, context, frame)
      if (fromClient) observeDiscovery(topic, payload, sender, context, frame)
      return
    }
    case 'subscribe':
      for (const topic of message.topics) {
        topicSeen(context, topic, 'subscribe', frame, 0)
        observePersonal(topic, 'topic', 'mqtt', client, server, context, frame)
      }
      return
    case 'connack':
  }
}

/** Codes that mean that the credentials were not good: 3.1.1's 4 and 5, and those of MQTT 5. */
const REFUSALS: ReadonlySet<number> = new Set([4, 5, 0x86, 0x87])

function topicSeen(
  context: Context,
  given: string,
  direction: 'publish' | 'subscribe' | 'receive',
  frame: number,
  bytes: number,
): void {
  const [client, peer, where] = ends(context, 'client')
  const topic = withoutAddresses(given)
  context.add(client, 'mqtt.topic', `${direction} ${topic} ${where}`, { peer, topic, direction }, frame, { bytes })
}

/** E-mail addresses masked: they stand in topics and client identifiers of cloud services. */
function withoutAddresses(text: string): string {
  return text.includes('@') ? text.replace(/[^/@\s]{1,64}@[^/@\s]{1,255}/g, (address) => mask(address)) : text
}
