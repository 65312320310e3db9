import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { canonicaliseSrc, imageRef } from './ref.ts'

/** `null`: the address is canonical already. */
const vectors: [src: string, canonical: string | null, ref: string][] = [
  [
    'https://example.com/images/demo.qcow2',
    null,
    'cd3d9db684c1a80e0ec253a95c04b9552760b9e4b40a3ab2956de32d9e92bbac',
  ],
  [
    'HTTPS://Example.COM/images/Demo.qcow2',
    'https://example.com/images/Demo.qcow2',
    '12318238420199cc0e73a320121c575a133e54616fc10ff986c8334b8404d014',
  ],
  [
    'https://example.com:443/images/demo.qcow2',
    'https://example.com/images/demo.qcow2',
    'cd3d9db684c1a80e0ec253a95c04b9552760b9e4b40a3ab2956de32d9e92bbac',
  ],
  [
    'http://example.com:80/images/demo.qcow2',
    'http://example.com/images/demo.qcow2',
    '2e22aa528140a6f908a3a9d1a2369b4b9d4a82f3cbd32b3ded9b6150d69a3db7',
  ],
  [
    'http://example.com:8080/images/demo.qcow2',
    null,
    'bc2b09dfbbaffc99a38d611f7d96fda8956202e139cf4d2b541d0f80289c212d',
  ],
  [
    'https://example.com/a%20b/x.img.gz?sig=AbC&n=1#frag',
    null,
    '0c89c27d14dc1784ae3ec06ba02436fea0821118d5172a4f547bfb7ee3d8263a',
  ],
  [
    'https://user:pw@Example.com/x.img',
    'https://example.com/x.img',
    'ef36e64700e26e85a817b3586695191b3fcb3e54c841b387835573600d1fa59e',
  ],
  [
    'https://example.com/x.img?',
    'https://example.com/x.img',
    'ef36e64700e26e85a817b3586695191b3fcb3e54c841b387835573600d1fa59e',
  ],
  ['https://example.com', null, '100680ad546ce6a577f42f52df33b4cfdca756859e664b8d7de329b150d09ce9'],
  ['https://example.com/', null, '0f115db062b7c0dd030b16878c99dea5c354b49dc37b38eb8846179c7783e9d7'],
  [
    'http://127.0.0.1:8000/x.img.zst',
    null,
    '3052d0a812a240c03c8c492c69c3ce38c1fd692d2b0464f1464541e07723a3bf',
  ],
  [
    'https://[2001:DB8::1]:8443/x.img',
    'https://2001:db8::1:8443/x.img',
    'e6b820dae5a3196a3141ba7681fcf1d180a28a95f1760414d355c657f6da50dc',
  ],
  [
    'oras://ghcr.io/safl/nosi/debian-sysdev:latest',
    null,
    'ecfc56475d8b8affa67d7c6d1297b48b8b2f5c5494b45c8d153e56f608037e7c',
  ],
  [
    'oras://Ghcr.IO/Safl/Nosi/Debian-Sysdev:Latest',
    'oras://ghcr.io/safl/nosi/debian-sysdev:Latest',
    '291d3700fadb6aa625bfc7dff3e93b78f09843d493236ed57e496de6d3ce74e7',
  ],
  [
    'ORAS://ghcr.io/safl/nosi/debian-sysdev:2026.W25',
    'oras://ghcr.io/safl/nosi/debian-sysdev:2026.W25',
    'f389a7ebf3595196ea9a8545e004e0163844d74cb3d9150632098122cb5d90c3',
  ],
  [
    `oras://ghcr.io/safl/nosi/debian-sysdev@sha256:${'0123456789abcdef'.repeat(4)}`,
    null,
    '09db69f975f7924d87b736e6f7cc84b9b4533c68985aa3d8a0ccbca43d201f9d',
  ],
  [
    'oras://registry.example.com:5000/team/disk/image:v1.2_RC-3',
    null,
    'cdd582beaf2237795267d75dd74d32cdb485b082580219a12d5a4219f3f3311d',
  ],
  [
    'file:///var/lib/x/a.img',
    'file://var/lib/x/a.img',
    '7b09b9ca5a6d44b316e5863889ce0ec2c83b060160c6e387ff512763ddb7c0d5',
  ],
  [
    'file://./sub//dir/./Image.IMG',
    'file://sub/dir/Image.IMG',
    'b27509099443bb7ae583a95e6c830569482f2776d37a9c0a13209500001df350',
  ],
  ['file://a.img', null, 'c1f5c01f32dfa5fca4da6004056b97f7d4604d897a7aee083d1dbe535b3e6810'],
  [
    'HTTPS://Ex.COM:443/A?q=1#f',
    'https://ex.com/A?q=1#f',
    '05eb778536b6335bca420f2c906ba5d3a69516bb752d07794d317f5ae858ba51',
  ],
  ['http://ex.com:80', 'http://ex.com', '43bd5ac5d6ee3ed1fe58aa61d3c718b1850ce560c2bf46796aeaf7576ed70c54'],
  ['http://ex.com:8080/', null, 'c6e69d62380f1561551ef796c61f4697d27ca070ae952495574b81d74d63bd8f'],
  [
    'https://u:p@ex.com/x',
    'https://ex.com/x',
    '79a36607e723d8c207172717aa77310c656e84d5cc4ffcf379b07c340c867d45',
  ],
  [
    'http://[::1]:8080/x',
    'http://::1:8080/x',
    'dc0fa9e8bbde19c954fc58191413dc45a9264cc9f0a665a11dfbca03766a36ce',
  ],
  [
    'oras://Ghcr.IO/Owner/Repo:TagX',
    'oras://ghcr.io/owner/repo:TagX',
    '3204ee74a9e6448f14f36a5e8e650687101681667173ddc89973f808ad392213',
  ],
  [
    `oras://ghcr.io/o/r@sha256:${'a'.repeat(64)}`,
    null,
    '29bc809177644b11a19f7f984fa92be8bf077a998f9b7869ea115c2f7a8f7f9a',
  ],
  ['oras://localhost:5000/o/r:t', null, '997333076bb79489362c526d467bdddbeb42b4fac7db50848903d787c7cc199b'],
  [
    'file:///a/./b//c.img',
    'file://a/b/c.img',
    '5bade93469da901817e59a6f02ce0039064bd997dd3f097681c6ad6d931f7b85',
  ],
  ['https://x/a', null, '13a94853b4559cff9061a7936b84135453e9405c0ec8c420f41f1478bc988acd'],
]
for (const [src, canonical, ref] of vectors)
  test(`${src} is ${canonical ?? 'canonical'}`, () => {
    equal(canonicaliseSrc(src), canonical ?? src)
    equal(imageRef(src), ref)
  })

const kept: [src: string, canonical: string][] = [
  ['https://Ex.com/A b?', 'https://ex.com/A b'],
  ['https://ex.com/x?#f', 'https://ex.com/x#f'],
  ['http://ex.com:0080/x', 'http://ex.com/x'],
  ['http://ex.com:/x', 'http://ex.com/x'],
  ['https://a@b@Ex.com/x', 'https://ex.com/x'],
  ['https://ex.com/x ', 'https://ex.com/x '],
]
for (const [src, canonical] of kept)
  test(`${src} keeps its bytes`, () => equal(canonicaliseSrc(src), canonical))

const refused = [
  '',
  ' https://example.com/x',
  'ftp://x/y',
  '/etc/x.img',
  '/etc/x',
  'oras://',
  'oras://ghcr.io/o/r',
  'oras://ghcr.io/nosi:latest',
  'oras://ghcr.io/safl/nosi',
  'oras://ghcr.io/safl/nosi@sha256:ABC',
  `oras://ghcr.io/safl/nosi@sha256:${'A'.repeat(64)}`,
  'oras://ghcr.io:5000/safl/nosi',
  `oras://ghcr.io/a/b:tag@sha256:${'a'.repeat(64)}`,
  'file://../x',
  'file://a/../b',
  'file://a\0b',
  'file://',
  'file:///',
  'file://./',
  'https://',
  'https:///x.img',
  'https://user@/x.img',
  'http://h:99999/x',
  'http://h:8o/x',
  'http://h/x\ny',
]
for (const src of refused)
  test(`${JSON.stringify(src)} is refused`, () =>
    throws(() => canonicaliseSrc(src), { name: 'ImageError', code: 'bad-src' }))
