import { readSmtpUrl } from './smtp-server-url.js';

const plain = {
  host: 'mail.example',
  port: 587,
  tls: 'required',
  user: null,
  password: null,
  ca: null,
  connections: 5,
  timeoutMs: 30_000,
};

it.each([
  ['smtp://mail.example', {}],
  ['smtps://mail.example', { port: 465, tls: 'implicit' }],
  ['smtp://mail.example:2525?tls=none', { port: 2525, tls: 'none' }],
  ['smtp://localhost', { host: 'localhost', tls: 'none' }],
  ['smtp://[::1]:2525', { host: '::1', port: 2525, tls: 'none' }],
  ['smtp://sluis:p%40ss%20word@mail.example', { user: 'sluis', password: 'p@ss word' }],
  ['smtp://mail.example?connections=50&timeout=600', { connections: 50, timeoutMs: 600_000 }],
])('reads %s', (text, expected) => {
  expect(readSmtpUrl(text)).toEqual({ ...plain, ...expected });
});

it.each([
  ['mail.example', /is not an address like smtps:/],
  ['https://mail.example', /is not an address like smtps:/],
  ['smtp://', /is not an address like smtps:/],
  ['smtp://u:secret@mail.example?tsl=none', /knows no "tsl"; after \? stand tls, ca, connections, timeout/],
  ['smtp://u:secret@mail.example?tls=starttls', /tls= that is not "none"/],
  ['smtp://u:secret@mail.example?connections=0', /connections= that is no whole number from 1 to 50/],
  ['smtp://u:secret@mail.example?connections=51', /connections=/],
  ['smtp://u:secret@mail.example?timeout=1.5', /timeout= that is no number of seconds from 1 to 600/],
  ['smtp://u:secret@mail.example?ca=/nowhere/ca.pem', /names ca=\/nowhere\/ca.pem, which cannot be read/],
])('refuses %s in words that hold no password', (text, words) => {
  const { fault } = readSmtpUrl(text) as { fault: string };
  expect(fault).toMatch(words);
  expect(fault).not.toContain('secret');
});
