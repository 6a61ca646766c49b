/**
 * As much of a URL as others can be warned of: without user and password, and without what may be somebody's own (query, fragment). The port
 * that goes without saying is not said.
 */
export function publicUrl(url: string): string {
  const [, scheme, , host, path] = /^([a-z]{2,8}:\/\/)?([^/?#]*@)?([^/?#]*)([^?#]*)/i.exec(url)!
  return `${scheme ?? ''}${/^http:/i.test(scheme ?? '') ? host!.replace(/:80$/, '') : host}${path}`
}

/** The same of a host as HTTP's head has it. */
export function publicHost(host: string): string {
  return host.slice(host.lastIndexOf('@') + 1)
}
