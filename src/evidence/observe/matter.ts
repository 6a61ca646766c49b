import type { MatterMessage } from '../../decode/protocols/matter.ts'
import { type Context, senderOf } from '../context.ts'
import { observeProtocol, ROLES } from './login.ts'

/** Its contents are encrypted; how sessions are made tells a commissioning from everyday use. */
export function observeMatter(message: MatterMessage, context: Context): void {
  const { frame, type, handshake, step, succeeded } = message
  // the steps of a handshake are in clear: what they agreed on shows when they are done
  context.protect(type === 'secured' || succeeded === true ? 'encrypted' : 'unknown')
  const detail = {
    [handshake ?? '']: handshake,
    secured: type === 'secured' ? 'yes' : undefined,
    session: succeeded === true ? 'established' : undefined,
    commissioning: step === 'PBKDFParamResponse' ? 'by pass code' : undefined,
  }
  for (const role of ROLES) observeProtocol(context, frame, role, 'matter', detail)
  // who answers the first step of either handshake serves Matter
  if (step === 'PBKDFParamResponse' || step === 'Sigma2' || step === 'Sigma2_Resume')
    context.signal(senderOf(message, context), 'matter.node', 'answers', frame)
}
