import type { FrameRef } from '../evidence/evidence.ts'
import { isEntry, isFrame, type Pointer } from '../evidence/pointer.ts'
import type { AuditEvidence } from './model.ts'

export type FrameEvidence = Extract<AuditEvidence, { frames: unknown }>
export type PlaceEvidence = Extract<AuditEvidence, { places: unknown }>

/** Pointers as a report holds them: by capture, probe and document, each once; frames and entries ascending. */
export function groupPointers(refs: readonly Pointer[]): AuditEvidence[] {
  // of hundreds of thousands of facts, nearly all
  if (refs.every(isFrame)) return groupFrames(refs)
  const frames: FrameRef[] = []
  const rest: Pointer[] = []
  for (const ref of refs)
    if (isFrame(ref)) frames.push(ref)
    else rest.push(ref)
  const grouped: AuditEvidence[] = groupFrames(frames)
  const entries = new Map<number, Set<number>>()
  const places = new Map<number, PlaceEvidence>()
  for (const ref of rest) {
    if (isEntry(ref)) entries.set(ref.probe, (entries.get(ref.probe) ?? new Set()).add(ref.entry))
    else if (!isFrame(ref)) {
      const kept = places.get(ref.document) ?? { document: ref.document, places: [], ...(ref.signed ? { signed: true } : {}) }
      if (!kept.places.includes(ref.at)) kept.places.push(ref.at)
      places.set(ref.document, kept)
    }
  }
  for (const [probe, of] of entries) grouped.push({ probe, entries: [...of].sort((a, b) => a - b) })
  grouped.push(...places.values())
  return grouped
}

/** The same of packets alone. */
export function groupFrames(refs: readonly FrameRef[]): FrameEvidence[] {
  const grouped: FrameEvidence[] = []
  // most facts have one frame or few, in order
  const inOrder = refs.every((ref, i) => i === 0 || byPlace(refs[i - 1]!, ref) <= 0)
  for (const { capture, frame } of inOrder ? refs : refs.toSorted(byPlace)) {
    const last = grouped.at(-1)
    if (last?.capture !== capture) grouped.push({ capture, frames: [frame] })
    else if (last.frames.at(-1) !== frame) last.frames.push(frame)
  }
  return grouped
}

function byPlace(a: FrameRef, b: FrameRef): number {
  return a.capture - b.capture || a.frame - b.frame
}

/** The packets among it. */
export function framesOf(evidence: readonly AuditEvidence[]): FrameEvidence[] {
  return evidence.filter((e) => 'frames' in e)
}

/** The way back, of packets. */
export function frameRefs(evidence: readonly AuditEvidence[]): FrameRef[] {
  return framesOf(evidence).flatMap(({ capture, frames }) => frames.map((frame) => ({ capture, frame })))
}
