import { defaultCredentials } from './default-credentials.ts'

/**
 * The published list that holds this pair, to be shown beside the masked pair; undefined when none does. Exact match: a default
 * password with one letter changed is no default. Without a user (protocols that ask for a password only) nothing is known.
 */
export function knownDefault(user: string | undefined, secret: string | undefined): string | undefined {
  if (user === undefined || secret === undefined) return undefined
  return lists.get(pair(user, secret))
}

/** Unambiguous: the length says where the user ends. */
const pair = (user: string, secret: string): string => `${user.length} ${user}${secret}`

const lists = new Map<string, string>()
for (const { user, password, list } of defaultCredentials) {
  const key = pair(user, password)
  if (!lists.has(key)) lists.set(key, list)
}
