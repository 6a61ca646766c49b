import type { Host } from './host.ts'
import type { DeviceTruth } from './truth.ts'

/** What a device may know of the lab around it. */
export interface Lab {
  /** Address of another device, once it has one. */
  ip(name: string): string
  /** Address of a name out in the cloud. */
  cloud(name: string): string
  /** Certificate of the lab's own root, which good clients trust. */
  root: string
  /** A certificate by the lab's authority for a name, as a PEM file with its key. */
  certificate(name: string): Promise<string>
  /** `outside`: the address that the Internet knows the home by. */
  router: { ip: string; mac: string; outside: string }
  /** The cloud, for what it does of its own accord. */
  outside: Host
}

/** One thing on the lab's network: how it joins, what it then does, and the truth of it. One file each in `devices/`. */
export interface Device {
  name: string
  mac: string
  /** Sent with DHCP; none where undefined. */
  hostname?: string
  vendorClass?: string
  client: 'udhcpc' | 'dhclient'
  /** 'eui64': the interface identifier is its hardware address; 'private': RFC 7217 and RFC 8981; 'none': no IPv6. */
  ipv6: 'eui64' | 'private' | 'none'
  /** Its own life: services it offers, the cloud it talks to. Started when it has an address; ends when its script does. */
  live(host: Host, lab: Lab): Promise<void>
  /** What it does to others, once every device has begun to live. */
  act?(host: Host, lab: Lab): Promise<void>
  truth(lab: Lab): Omit<DeviceTruth, 'name' | 'mac' | 'ips'>
}
