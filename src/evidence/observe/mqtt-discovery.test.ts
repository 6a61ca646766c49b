import { describe, expect, it } from 'vitest'
import { local, Recorder } from '../../testing/recorder.ts'
import { observeDiscovery } from './mqtt-discovery.ts'

const thing = { ...local(1, '192.168.1.7'), mac: 'a4:cf:12:f4:07:b1' }

function said(topic: string, payload: string): Recorder {
  const context = new Recorder(thing, local(2, '192.168.1.2', 1883))
  observeDiscovery(topic, payload, thing, context, 1)
  return context
}

const HOME = 'homeassistant/switch/plug/relay/config'
const device = (more: string) =>
  `{"name":"Relay","cmd_t":"~/set","dev":{"ids":["a4cf12f407b1"],"mf":"Acme","mdl":"Plug S","sw":"1.2.3"${more}}}`

describe('MQTT discovery', () => {
  it('a thing that names its own address speaks of itself', () => {
    const context = said(HOME, device(''))
    expect(context.signals).toEqual(['1 mqtt.manufacturer Acme', '1 mqtt.model Plug S'])
    expect(context.of('software').map(({ data }) => data)).toEqual([{ product: 'firmware', version: '1.2.3', via: 'mqtt' }])
    expect(said(HOME, device(',"cns":[["mac","A4:CF:12:F4:07:B1"]]')).signals).toHaveLength(2)
  })

  it('what a bridge publishes for others is not the bridge', () => {
    expect(said(HOME, device('').replace('a4cf12f407b1', 'zigbee2mqtt_0x00158d0001a2b3c4')).facts).toEqual([])
    expect(said(HOME, device(',"via_device":"bridge"')).signals).toEqual([])
    // its address elsewhere than in the device's description
    expect(said(HOME, '{"avty_t":"gw/a4cf12f407b1/lwt","dev":{"ids":["ble-1"],"mdl":"Sensor"}}').signals).toEqual([])
    expect(said('homeassistant/status', device('')).signals).toEqual([])
  })

  it('Tasmota, also when it is cut', () => {
    const payload =
      '{"ip":"192.168.1.7","dn":"Hall","fn":["Hall",null],"hn":"tasmota-F407B1-1969","mac":"A4CF12F407B1","md":"Sonoff Basic","ty":0,"sw":"14.1.0","t":"ta'
    const context = said('tasmota/discovery/A4CF12F407B1/config', payload)
    expect(context.signals).toEqual(['1 mqtt.model Sonoff Basic', '1 lan.name Hall'])
    expect(context.of('software').map(({ data }) => data)).toEqual([{ product: 'firmware', version: '14.1.0', via: 'mqtt' }])
  })
})
