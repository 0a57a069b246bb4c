/** A URL that must lead nowhere, and what its name would be looked up as, where it has one. */
export interface HostileUrl {
  readonly url: string
  readonly addresses?: readonly string[]
}

/** Every way that we know to write 127.0.0.1, ::1 or "here" in a URL. */
const loopbacks = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.0.0.1.',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7F.0x0.0x0.0x1',
  '0177.0.0.1',
  '0177.0.0.01',
  '017700000001',
  '00000000000017700000001',
  '0',
  '0.0.0.0',
  '0x0',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127%2e0%2e0%2e1',
  '%31%32%37.0.0.1',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[::ffff:0.0.0.0]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2002:7f00:0001::1]',
]

/** Addresses that no stranger has any business with. */
const reserved = [
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.0.1',
  '192.168.255.254',
  '0xc0a80001',
  '3232235521',
  '169.254.169.254',
  '169.254.169.254.',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.170.2',
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '0.1.2.3',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[ff0e::1]',
  '[100::1]',
  '[2001::1]',
  '[2001:2::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[4000::1]',
  '[5f00::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:192.168.1.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b::10.0.0.1]',
  '[2002:a9fe:a9fe::]',
  '[2002:c0a8:1::1]',
  '[2002:a00:1::1]',
]

/** Names, and what a resolver that is not on our side makes of them. */
const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  LOCALHOST: ['127.0.0.1'],
  ｌｏｃａｌｈｏｓｔ: ['127.0.0.1'],
  'a.localhost': ['127.0.0.1'],
  'deep.er.localhost': ['::1'],
  'localhost.localdomain': ['127.0.0.1'],
  'ip6-localhost': ['::1'],
  '127.0.0.1.nip.io': ['127.0.0.1'],
  '7f000001.nip.io': ['127.0.0.1'],
  'localtest.me': ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  metadata: ['169.254.169.254'],
  'instance-data.ec2.internal': ['169.254.169.254'],
  'router.lan': ['192.168.1.1'],
  redis: ['172.18.0.2'],
  'first-good.example': ['93.184.216.34', '127.0.0.1'],
  'last-good.example': ['10.0.0.1', '93.184.216.34'],
  'mixed.example': ['93.184.216.34', '::1'],
  'mixed-six.example': ['2606:2800:220:1::1', 'fd00::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'scoped.example': ['fe80::1%lo'],
  'odd.example': ['0x7f.1'],
  'words.example': ['localhost'],
}

/** What is no URL of ours at all, in whatever disguise. */
const malformed = [
  'http://user@127.0.0.1/',
  'http://user:secret@example.com/',
  'http://example.com@127.0.0.1/',
  'http://127.0.0.1\\@example.com/',
  'http:\\\\127.0.0.1\\',
  'http://exa\tmple.com/',
  'http://exam\nple.com/',
  'http://example.com/\r\nX-Injected: 1',
  ' http://127.0.0.1/',
  'http://127.0.0.1 /',
  'http://[fe80::1%25lo]/',
  'http://[::1%25lo]/',
  'http://[::1/',
  'http://127.0.0.1:99999/',
  'http://256.256.256.256/',
  'http://0x7f000001ff/',
  'http://',
  'http:',
  'https:///',
  '//127.0.0.1/',
  '/etc/passwd',
  '127.0.0.1:6379',
  'example.com',
  '',
  'file:///etc/passwd',
  'file://127.0.0.1/etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'ftp://127.0.0.1/',
  'dict://127.0.0.1:11211/stats',
  'data:text/plain,hello',
  'unix:/var/run/docker.sock',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock/info',
  'jar:http://127.0.0.1!/',
  'ldap://127.0.0.1/',
  'ws://127.0.0.1/',
  'javascript:alert(1)',
  'blob:http://127.0.0.1/1',
  'view-source:http://127.0.0.1/',
  `http://example.com/${'a'.repeat(2_100)}`,
]

/** Ports of things that often listen beside us: Redis, Postgres, Chromium's debugger, Docker, the host itself. */
const ports = ['', ':6379', ':5432', ':9222', ':2375', ':8080']

/** About 180 URLs of which each must be refused before anything is connected to. */
export function hostileUrls(): readonly HostileUrl[] {
  const literal = [...loopbacks, ...reserved].map((host, index) => ({
    url: `${index % 3 === 2 ? 'https' : 'http'}://${host}${ports[index % ports.length]}/hook`,
  }))
  const everyPort = ports.map((port) => ({ url: `http://127.0.0.1${port}/` }))
  const named = Object.entries(names).flatMap(([host, addresses]) => [
    { url: `http://${host}/hook`, addresses },
    { url: `https://${host}:8443/`, addresses },
  ])
  return [...literal, ...everyPort, ...named, ...malformed.map((url) => ({ url }))]
}

/** Looks the names in `hostileUrls` up; any other is a public server. */
export async function hostileResolve(hostname: string): Promise<readonly string[]> {
  const known = Object.entries(names).find(
    ([name]) => new URL(`http://${name}`).hostname.replace(/\.$/, '') === hostname,
  )
  return known?.[1] ?? ['93.184.216.34']
}
