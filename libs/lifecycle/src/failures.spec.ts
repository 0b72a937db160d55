import { isConnectionLost } from './failures.js';

const failure = (fields: object): Error => Object.assign(new Error('failed'), fields);

describe('a lost connection', () => {
  it.each([
    ['a server that is away', { code: 'ECONNREFUSED', syscall: 'connect' }],
    ['its socket that is away', { code: 'ENOENT', syscall: 'connect' }],
    ['a server that shuts down', { code: '57P01' }],
  ])('is %s', (_, fields) => expect(isConnectionLost(failure(fields))).toBe(true));

  it.each([
    ['a file that is missing: trying again would never end', { code: 'ENOENT', syscall: 'open' }],
    ['a refused sign-in', { code: '28P01' }],
    ['a violated constraint', { code: '23514' }],
  ])('is not %s', (_, fields) => expect(isConnectionLost(failure(fields))).toBe(false));
});
