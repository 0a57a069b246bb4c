/** One thing that a process did to the files below a directory. `file` tells openings apart, not files. */
export type Recorded =
  | { readonly what: 'open'; readonly file: number; readonly path: string; readonly truncates: boolean }
  | { readonly what: 'directory'; readonly file: number; readonly path: string }
  | { readonly what: 'write'; readonly file: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly what: 'truncate'; readonly file: number; readonly size: number }
  | { readonly what: 'sync'; readonly file: number }
  | { readonly what: 'unlink'; readonly path: string }
  | { readonly what: 'rename'; readonly from: string; readonly to: string }

const HEAD = 17

/** Reads what record.c wrote. The process may have been killed while it wrote the last one, which is then left out. */
export function* readRecord(record: Buffer): Iterable<Recorded> {
  for (let at = 0; at + HEAD <= record.length; ) {
    const what = String.fromCharCode(record.readUInt8(at))
    const file = record.readUInt32LE(at + 1)
    const offset = Number(record.readBigUInt64LE(at + 5))
    const end = at + HEAD + record.readUInt32LE(at + 13)
    if (end > record.length) return
    yield recorded(what, file, offset, record.subarray(at + HEAD, end))
    at = end
  }
}

function recorded(what: string, file: number, offset: number, bytes: Buffer): Recorded {
  switch (what) {
    case 'O':
      return { what: 'open', file, path: bytes.toString(), truncates: offset === 1 }
    case 'D':
      return { what: 'directory', file, path: bytes.toString() }
    case 'W':
      return { what: 'write', file, offset, bytes }
    case 'T':
      return { what: 'truncate', file, size: offset }
    case 'S':
      return { what: 'sync', file }
    case 'U':
      return { what: 'unlink', path: bytes.toString() }
    case 'R': {
      const [from, to] = bytes.toString().split('\0')
      return { what: 'rename', from: from!, to: to! }
    }
    default:
      throw new Error(`the record of a disk is not readable: '${what}'`)
  }
}
