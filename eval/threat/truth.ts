/** One thing that is to be told of a capture. */
export interface Expected {
  /** MAC or IP address of the device. */
  device: string
  /** The stage, and others that are as right. */
  stages: readonly string[]
  role: 'source' | 'target'
  vector?: string
  /** Malicious frames, ascending. */
  frames: readonly number[]
}

interface RealTruth {
  device: string
  stages: readonly string[]
  role: 'source' | 'target'
  vector?: string
  /** tshark display filter of the malicious packets. */
  filter: string
}

/** Verified by hand: eval/threat/TRUTH.md says how. */
export const REAL: Readonly<Record<string, readonly RealTruth[]>> = {
  'malware/id2t/mirai_botnet.pcap': [
    { device: '172.20.0.1', stages: ['scanning'], role: 'source', filter: 'ip.src==172.20.0.1 && tcp.seq_raw==2886991877' },
    { device: '172.20.0.1', stages: ['guessed', 'scanning'], role: 'source', filter: 'ip.addr==172.20.0.1 && telnet' },
    { device: '172.20.0.5', stages: ['guessed'], role: 'target', filter: 'ip.addr==172.20.0.1 && telnet' },
    { device: '172.20.0.5', stages: ['entered', 'loading'], role: 'target', filter: 'ip.addr==49.182.192.4 && telnet' },
    { device: '172.20.0.5', stages: ['commanded'], role: 'source', filter: 'ip.addr==42.123.199.32' },
    { device: '172.20.0.5', stages: ['attacking'], role: 'source', vector: 'http', filter: 'ip.dst==49.193.198.24' },
  ],
  'malware/id2t/hydra-1_tasks.pcap': [
    { device: '240.125.0.2', stages: ['guessed'], role: 'target', filter: 'ip.addr==240.0.1.2' },
    { device: '240.0.1.2', stages: ['guessed', 'scanning'], role: 'source', filter: 'ip.addr==240.0.1.2' },
  ],
  'malware/id2t/sality_botnet.pcap': [
    {
      device: '10.0.2.15',
      stages: ['commanded', 'fetched'],
      role: 'source',
      filter:
        '(ip.src==10.0.2.15 && udp.dstport==5517) || http.request.full_uri contains "?" || dns.qry.name contains "kukutrust"',
    },
  ],
  'malware/iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap': [
    { device: '192.168.100.113', stages: ['commanded'], role: 'source', filter: 'tcp.dstport==50' },
  ],
  'malware/stopddos/pkt.TCP.synflood.spoofed.pcap': [
    { device: '10.10.10.10', stages: ['flooded'], role: 'target', vector: 'syn', filter: 'tcp.flags==2' },
  ],
  'malware/stopddos/amp.TCP.reflection.SYNACK.pcap': [
    { device: '00:16:3e:0d:ec:f2', stages: ['flooded'], role: 'target', filter: 'ip.dst==10.10.10.10' },
  ],
  'malware/stopddos/amp.TCP.syn.optionallyACK.optionallysamePort.pcapng': [
    { device: '10.10.10.10', stages: ['flooded', 'probed'], role: 'target', filter: 'ip.dst==10.10.10.10' },
  ],
  'malware/stopddos/amp.UDP.snmp.src161.pcapng': [
    { device: 'a8:a1:59:82:3a:69', stages: ['flooded'], role: 'target', vector: 'snmp', filter: 'snmp' },
  ],
}

/** Folders of the corpus with nothing malicious in them, as far as their authors say. */
export const BENIGN_FOLDERS = ['iot-sentinel', 'moniotr', 'ja4', 'zeek', 'wireshark', 'ndpi'] as const

/** Of those: captures that hold an attack or are made to look like one. */
export const NOT_BENIGN =
  /exf\b|dns2tcp|attack|exploit|flood|scan|malware|botnet|ddos|injection|mirai|hydra|brute|worm|shellcode|log4j|amplif|monlist|xss|sql|trickbot|emotet|ursnif|dridex|zeus|sality/i

export const BENIGN_MALWARE_FOLDER = 'malware/id2t/reference_telnet.pcap'

/** The lab's home has a thing that guesses a neighbour's password (samples/home.truth.json: attacks-others): that is told rightly. */
export const IN_SAMPLE: readonly Expected[] = [
  { device: '192.168.50.60', stages: ['scanning', 'guessed'], role: 'source', frames: [] },
  { device: '192.168.50.148', stages: ['guessed'], role: 'target', frames: [] },
]
