import { expect, it } from 'vitest'
import { isPublicAddress, isPublicName } from '../../../../src/node/tools/public-address.ts'

it.each([
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '2606:4700:4700::1111',
  '64:ff9b::808:808',
  '::ffff:8.8.8.8',
])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true))

it.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.1.2.3',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::a9fe:a9fe',
  '2002:7f00:1::',
  '2001:0:0:0:0:0:0:1',
  '2001:db8::1',
  'nonsense',
  '',
])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false))

it.each(['example.com', 'a.b.co.uk', 'xn--bcher-kva.example'])('the name %s may be looked up', (name) =>
  expect(isPublicName(name)).toBe(true),
)

it.each([
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'router',
  'printer.local',
  'metadata.google.internal',
  'nas.lan',
  'x.home.arpa',
  'hidden.onion',
  'a.intranet.',
])('the name %s may not', (name) => expect(isPublicName(name)).toBe(false))
