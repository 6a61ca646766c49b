/*
 * What names that people choose look like, against what a machine draws by lot: how often a letter follows another in the registered names
 * of third-party-web (MIT) and of knowledge/ (2,895 names; made by eval/threat/name-model.ts).
 */

/** Rows: the letter before (first: the beginning); columns: the letter (first: the end). Fifths of a bit above the chance of 1 in 27, from "(" for -6 bits. */
const TABLE = [
  '(NGKFHEFDG==EJDCI<GMIACE9><',
  'L9BIN6@G;F2;KHL5I.NGM?@<;B<',
  'KM?A:M=00N88N?=N@0KIEK<8:>:',
  'LK2?LM97MC2KJ>:O94FIKB//69*',
  'OJ@@AN?D7Q57AFNI>+CLB=@;8@7',
  'QHEIKD==6:/8HDK@@2PKK6B@C<3',
  'EI>:7MJ22P72L>7Q77I>JH27>L2',
  'PG<A>S;BGM44G@DL9/JGBC/7/A7',
  'NP>C=P966N919BCO>=AEKI6;1C1',
  'EJ?NFFEF413<GHQHC;BJL<H/A,A',
  'HM;FAN;;;I;;;D;LDDAPDMAI;;;',
  'TK8BCP==2M8;D@@E>8DIIC828E2',
  'NN9>DP8=3R0?I95N@+=BED;39I0',
  'NQBB@S6D1K1=<C>KJ1<I>:96:D4',
  'QK:GJO<K3G3E;?BF>5:KP8>78;5',
  'L?DDA3>F4?9@IIQII4NEHJBDB94',
  'PL=A>M,5DL27K>;LJ,LHIF75?72',
  'SC;CF@@;;;;;@CFF;@CCGV;;;;@',
  'ON=HCQ>@6K.E<D?L=.;EJEG46B.',
  'TF7F<N90GJ2@?D?GH:>HPF7>(B(',
  'PO:C<O=7GN43>B;I@,MHBC=A:B1',
  'FHKCLH<A.G.<IJM=F4LPI4.4<?9',
  'LI6C=W1<1T66<@<H16B=?=9<1=6',
  'KL;CES38CP;?3;?LE3?LB=3=;C8',
  'VHAK@J@:5M55G@=:J5:EL:5:5=5',
  'UJ@C;GBA6F66BHKFG9>JLB6D16@',
  'LL9>ASA>>K99>C9Q9>E>>EA99EG',
]

/** Shorter ones say too little. */
const SHORTEST = 7

/** A registered name without its suffix, in lower case, that looks as if drawn by lot: letters that do not follow each other, hex digits, or letters and digits in turn. */
export function looksDrawn(label: string): boolean {
  if (label.length < SHORTEST || label.startsWith('xn--')) return false
  return isHex(label) || turns(label) >= 4 || likeness(label) < 0
}

/** Bits a letter by which the label is likelier among chosen names than among names drawn by lot. */
export function likeness(label: string): number {
  let bits = 0
  let n = 0
  let before = 0
  for (let i = 0; i < label.length; i++) {
    const c = label.charCodeAt(i)
    const letter = c >= 0x61 && c <= 0x7a ? c - 0x60 : 0
    if (letter > 0) {
      bits += (TABLE[before]!.charCodeAt(letter) - 40) / 5 - 6
      n++
    }
    before = letter
  }
  return n === 0 ? 0 : bits / n
}

/** Ten digits and more of which some are letters and some are none. */
function isHex(label: string): boolean {
  return /^(?=.*\d.*\d)(?=.*[a-f])[0-9a-f]{10,}$/.test(label)
}

/** How often digits follow letters, or letters digits. */
function turns(label: string): number {
  let n = 0
  for (let i = 1; i < label.length; i++) if (isDigit(label, i) !== isDigit(label, i - 1)) n++
  return n
}

function isDigit(label: string, at: number): boolean {
  const c = label.charCodeAt(at)
  return c >= 0x30 && c <= 0x39
}
