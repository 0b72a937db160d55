import { parseTarget, pinnedLookup, whyNotPublic } from './webhook-target.js';

describe('an address', () => {
  it.each([
    ['0.0.0.0', 'no address of a host'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'shared by a provider (RFC 6598)'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['192.0.0.192', 'reserved'],
    ['198.18.0.1', 'for measurements'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::', 'no address of a host'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'IPv4 in the clothes of IPv6'],
    ['::ffff:8.8.8.8', 'IPv4 in the clothes of IPv6'],
    ['::ffff:a9fe:a9fe', 'IPv4 in the clothes of IPv6'],
    ['::127.0.0.1', 'not handed out to hosts'],
    ['64:ff9b::7f00:1', 'not handed out to hosts'],
    ['fc00::1', 'unique local'],
    ['fd12:3456::1', 'unique local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'no address of the internet'],
    ['fec0::1', 'not handed out to hosts'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'for documentation'],
    ['2001::1', 'reserved'],
    ['2002:7f00:1::', 'IPv4 in the clothes of IPv6'],
    ['no address', 'no address of the internet'],
  ])('%s is %s', (address, why) => {
    expect(whyNotPublic(address)).toBe(why);
  });

  it.each(['1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.255.255', '2a00:1450:400e::1', '2606:4700::1111'])(
    '%s is public',
    (address) => {
      expect(whyNotPublic(address)).toBeNull();
    },
  );
});

describe('where a webhook goes', () => {
  it.each([
    ['127.0.0.1', 'https://127.0.0.1/', /not public \(loopback\)/],
    ['a decimal number', 'https://2130706433/', /127\.0\.0\.1 is not public/],
    ['an octal one', 'https://0177.0.0.01/', /127\.0\.0\.1 is not public/],
    ['a hexadecimal one', 'https://0x7f000001/', /127\.0\.0\.1 is not public/],
    ['a short one', 'https://127.1/', /127\.0\.0\.1 is not public/],
    ['wide digits', 'https://１２７.0.0.1/', /127\.0\.0\.1 is not public/],
    ['the metadata of a cloud', 'https://169.254.169.254/latest/', /not public \(link-local\)/],
    ['no address', 'https://0.0.0.0/', /no address of a host/],
    ['::1', 'https://[::1]/', /not public \(loopback\)/],
    ['IPv4 in IPv6', 'https://[::ffff:10.0.0.1]/', /in the clothes of IPv6/],
    ['fe80::', 'https://[fe80::1]/', /link-local/],
    ['fc00::/7', 'https://[fd00::1]/', /unique local/],
    ['localhost', 'https://localhost:8443/', /loopback/],
    ['localhost with its dot', 'https://localhost./', /loopback/],
    ['a name below localhost', 'https://db.localhost/', /loopback/],
    ['http', 'http://receiver.example/', /over https only/],
    ['another protocol', 'file:///etc/passwd', /begins with https/],
    ['a name and password', 'https://me:secret@receiver.example/', /name and password/],
    ['a fragment', 'https://receiver.example/#here', /leave it out/],
    ['no address at all', 'receiver.example', /is no address/],
    ['a number', 5, /is no address/],
    ['a novel', `https://receiver.example/${'x'.repeat(2000)}`, /is no address/],
  ])('is not %s', (_, url, fault) => {
    expect(parseTarget(url, [])).toEqual({ fault: expect.stringMatching(fault) });
  });

  it.each([
    ['https://receiver.example/sluis?token=1', []],
    ['https://receiver.example:8443/', []],
    ['https://1.1.1.1/', []],
    ['http://127.0.0.1:9000/', ['127.0.0.1']],
    ['http://127.0.0.1:9000/', ['127.0.0.1:9000']],
    ['https://localhost/', ['localhost:443']],
    ['https://[fd00::1]:8443/', ['[fd00::1]:8443']],
  ])('may be %s where %j is allowed', (url, allowed) => {
    expect(parseTarget(url, allowed)).toEqual({ value: url });
  });

  it('is not allowed by another port, or another name, of the same host', () => {
    expect(parseTarget('http://127.0.0.1:9001/', ['127.0.0.1:9000'])).toHaveProperty('fault');
    expect(parseTarget('https://127.0.0.1.nip.example/', ['127.0.0.1'])).toHaveProperty('value');
    expect(parseTarget('https://127.0.0.1/', ['localhost'])).toHaveProperty('fault');
  });
});

describe('a name', () => {
  const resolvingTo =
    (...addresses: string[]) =>
    (
      _: string,
      __: unknown,
      answer: (error: null, found: { address: string; family: number }[]) => void,
    ): void =>
      answer(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const looked = (addresses: string[], allowed: string[] = [], all = true): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const url = new URL('https://receiver.example/');
      const lookup = pinnedLookup(url, allowed, resolvingTo(...addresses));
      lookup('receiver.example', { all }, (error, found) =>
        error === null ? resolve(found) : reject(error),
      );
    });

  it.each([
    ['a private address', ['10.0.0.5'], /10\.0\.0\.5 is not public \(private\)/],
    ['the metadata of a cloud', ['169.254.169.254'], /link-local/],
    ['a private one among public ones', ['1.1.1.1', 'fd00::1'], /fd00::1 is not public/],
    ['nothing', [], /has no address/],
  ])('that resolves to %s is refused', async (_, addresses, why) => {
    await expect(looked(addresses)).rejects.toThrow(why);
  });

  it('is connected to at the addresses that were judged, one or all as is asked', async () => {
    const both = ['1.1.1.1', '2606:4700::1111'];
    expect(await looked(both)).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect(await looked(both, [], false)).toBe('1.1.1.1');
  });

  it('that is allowed may resolve to anything', async () => {
    expect(await looked(['10.0.0.5'], ['receiver.example'])).toEqual([{ address: '10.0.0.5', family: 4 }]);
  });
});
