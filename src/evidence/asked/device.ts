/** What a device answered when it was asked. Keys: 'tcp/23' and the like, unless said otherwise. No secret is in any of it. */
export interface DeviceKinds {
  /** A port that was asked. Closed and silent ones are in 'probe.ports' by number only. */
  'probe.service': {
    transport: 'tcp' | 'udp'
    port: number
    /** As decoders name it ('telnet', 'http', 'tls'); '' where it said nothing known. */
    protocol: string
    /** What is spoken within TLS, where that was found out. */
    within?: string
    banner?: string
    product?: string
    version?: string
  }
  /** How a scan went, key 'tcp' or 'udp'. Nothing is known of a host of which `answered` is 0. */
  'probe.ports': { transport: 'tcp' | 'udp'; asked: number; open: number; closed: number; silent: number; which: string }
  /**
   * Log-ins that were tried at a service; key 'telnet tcp/23'. `accepted`: the pair that let us in, masked, and whose default it is.
   * Where `tried` is 0 and none of the others is there, it has a log-in at which nothing was tried.
   */
  'probe.login': {
    protocol: string
    port: number
    transport: 'tcp' | 'udp'
    /** How it asks: 'Basic', 'Digest', 'form', 'prompt', 'password', 'community'; 'keys': it takes no passwords; 'none'. */
    scheme: string
    tried: number
    refused: number
    accepted?: { user: string; secret: string; of: string }
    /** It asked for none, or took any: anybody gets in, to this. */
    open?: { gives: 'shell' | 'control' | 'stream' | 'read'; what: string }
    /** Why not all could be tried: 'locked', 'slow', 'cut off'. */
    stopped?: 'locked' | 'slow' | 'cut off'
    /** It is the log-in of that other service of the device's (its key): tried there. */
    sameAs?: string
  }
  /** What bad log-ins of a made-up user did, one after the other; key as of 'probe.login'. */
  'probe.lockout': {
    protocol: string
    port: number
    transport: 'tcp' | 'udp'
    attempts: number
    outcome: 'locked' | 'slowed' | 'cut-off' | 'unchanged'
    /** Milliseconds from question to refusal, the first and the last. */
    firstMs: number
    lastMs: number
  }
  /** A page that it serves; key 'http://…:80/'. */
  'probe.page': {
    url: string
    status: number
    title?: string
    server?: string
    /** The scheme that it demands, 'form' for a page with a password field, 'none' for one without. */
    login: string
    redirect?: string
    /** Names of security headers that are missing, and values that are wrong; undefined where what it answered is no page. */
    headers?: string[]
    /** Cookies without Secure, HttpOnly or SameSite: 'sid: no HttpOnly'. */
    cookies: string[]
    /** Software and version given away. */
    leaks: string[]
  }
  /** Of axe-core on a page; key its address. */
  'probe.accessibility': {
    url: string
    violations: { rule: string; impact: string; count: number; help: string }[]
    passes: number
  }
  /** What it offers by a protocol of discovery or control, without any log-in; key 'upnp WANIPConnection' and the like. */
  'probe.interface': {
    protocol: string
    port: number
    what: string
    /** 'read': it tells; 'control': it does what anybody says; 'stream': it shows what it sees. */
    gives: 'read' | 'control' | 'stream'
    detail?: Record<string, string>
  }
  /** A question of a probe that could not be put to the end; key '<probe> <about>'. It says nothing of the device. */
  'probe.trouble': {
    probe: string
    about: string
    reason: string
    next: string
    /** Nothing went wrong: there was nothing that could be looked at, or nothing to look with. */
    unseen?: true
  }
}
