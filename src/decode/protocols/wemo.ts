/** Belkin's Wemo: UPnP services of its own namespace, asked without log-in and answered in clear. */
export interface WemoUse {
  /** "basicevent". */
  readonly service: string
  readonly action: string
}

const NAMESPACE = 'urn:Belkin:service:'

/** Undefined when the service is not Belkin's. `service`: a UPnP service type, "urn:Belkin:service:basicevent:1". */
export function wemoUse(service: string, action: string): WemoUse | undefined {
  if (!service.startsWith(NAMESPACE)) return undefined
  const [name = ''] = service.slice(NAMESPACE.length).split(':', 1)
  return name === '' ? undefined : { service: name, action }
}

/** Is this the device type of one of Belkin's things ("urn:Belkin:device:insight:1")? */
export function isWemoDevice(deviceType: string | undefined): boolean {
  return deviceType !== undefined && deviceType.startsWith('urn:Belkin:device:')
}
