/** Who runs a name, by published lists; undefined when none lists it. */
export function thirdPartyOf(_name: string): { company: string; category: string; tracker: boolean } | undefined {
  return undefined
}
