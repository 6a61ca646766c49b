/** The library: what the command line and any other face are thin over. */
export { audit, type AuditOptions } from './audit/audit.ts'
export type { Progress } from './capture/capture.ts'
export type { LiveInput } from './capture/live.ts'
export type { Message } from './decode/protocols/index.ts'
export { CaptureError } from './capture/error.ts'
export { checks } from './checks/index.ts'
export { frameworks } from './frameworks/index.ts'
export { type Audit, AuditSchema } from './report/model.ts'
