// Makes a self-signed certificate for loopback when the pretend gym starts, with node:crypto alone: no openssl, no package and no key in the
// repository is needed. This file can encode (in DER) only what one self-signed certificate with an EC key and a list of names needs.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  key: string;
  cert: string;
}

const NAMES = [
  ...['localhost', '*.localhost', '*.aimharder.localhost'],
  ...['aimharder.com', '*.aimharder.com', 'aimharder.es', '*.aimharder.es'],
];
const DAY_MS = 86_400_000;

/** Makes a certificate for 127.0.0.1, ::1, localhost and the gym's host names, valid for 31 days from yesterday on, and its key (both as PEM). */
export function makeCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody(publicKey.export({ type: 'spki', format: 'der' }));
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, ECDSA_SHA256, node(0x03, Buffer.from([0]), signature));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(der) };
}

function node(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const sequence = (...parts: Buffer[]): Buffer => node(0x30, ...parts);
const oid = (hex: string): Buffer => node(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');

function certificateBody(spki: Buffer): Buffer {
  const name = sequence(node(0x31, sequence(COMMON_NAME, node(0x0c, Buffer.from('pretend gym')))));
  const serial = node(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(8)]));
  const validity = sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + 30 * DAY_MS));
  return sequence(
    node(0xa0, node(0x02, Buffer.from([2]))),
    serial,
    ECDSA_SHA256,
    name,
    validity,
    name,
    spki,
    extensions(),
  );
}

function extensions(): Buffer {
  const addresses = [Buffer.from([127, 0, 0, 1]), Buffer.concat([Buffer.alloc(15), Buffer.from([1])])];
  const names = [
    ...NAMES.map((name) => node(0x82, Buffer.from(name))),
    ...addresses.map((address) => node(0x87, address)),
  ];
  const alternatives = sequence(SUBJECT_ALT_NAME, node(0x04, sequence(...names)));
  // The certificate's field CA is true, so that a client can trust the certificate as its root.
  const constraints = sequence(
    BASIC_CONSTRAINTS,
    node(0x01, Buffer.from([0xff])),
    node(0x04, sequence(node(0x01, Buffer.from([0xff])))),
  );
  return node(0xa3, sequence(constraints, alternatives));
}

const utcTime = (atMs: number): Buffer =>
  node(0x17, Buffer.from(`${new Date(atMs).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
