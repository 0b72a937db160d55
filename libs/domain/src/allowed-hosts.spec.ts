import { parseAllowedHosts } from './allowed-hosts.js';

describe('parseAllowedHosts', () => {
  it.each([
    ['', []],
    ['hooks.intra', ['hooks.intra']],
    [' Hooks.Intra. , 10.0.0.5:8443 ', ['hooks.intra', '10.0.0.5:8443']],
    ['[FD00::5],[fd00::5]:8443', ['[fd00::5]', '[fd00::5]:8443']],
    ['0x7f.1', ['127.0.0.1']],
    ['hooks.intra:443', ['hooks.intra:443']],
  ])('reads %j', (text, value) => {
    expect(parseAllowedHosts(text)).toEqual({ value });
  });

  it.each([
    'https://hooks.intra',
    'hooks.intra/path',
    'a b',
    'user@host',
    '*.intra:',
    'fd00::5',
    'host:99999',
  ])('does not take %j', (text) => {
    expect(parseAllowedHosts(text)).toEqual({ fault: expect.stringContaining('write hosts like') });
  });
});
