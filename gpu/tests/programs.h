/* SPDX-License-Identifier: MIT */
/*
 * Small programs that are compiled for the GPU and for the host: two numbers in, one out.
 * They have the same result everywhere: no undefined behaviour, no contraction of real
 * numbers (-ffp-contract=off), no function of a library, and no division that clang 15 gets
 * wrong: by -1 of what has few bits, and of what is known to have 23 or 24.
 *
 * Before it is included: u8 to u64; FUNCTION, what is before a function, and TABLE, what is
 * before constant data.
 */
#ifndef TESTS_PROGRAMS_H
#define TESTS_PROGRAMS_H

FUNCTION u64 xorshift(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Loops that end at another time in each lane. */
FUNCTION u64 collatz(u64 a, u64 b)
{
	u64 n = a % 1000 + 1, steps = 0;

	while (n != 1 && steps < 200 + b % 7) {
		n = n & 1 ? 3 * n + 1 : n / 2;
		steps++;
	}
	return steps << 32 | (u32)n;
}

FUNCTION u64 gcd(u64 a, u64 b)
{
	u64 n = 0;

	while (b) {
		u64 rest = a % b;

		a = b;
		b = rest;
		n++;
	}
	return a * 100 + n;
}

FUNCTION u64 power(u64 a, u64 b)
{
	u64 m = (b >> 33) | 1, x = a % m, r = 1 % m;

	for (b &= 0xffff; b; b >>= 1) {
		if (b & 1)
			r = r * x % m;
		x = x * x % m;
	}
	return r ^ (u64)((__uint128_t)a * b >> 64);
}

FUNCTION u64 bits(u64 a, u64 b)
{
	u32 lo = (u32)a, shift = b & 31;
	u64 n;

	n = __builtin_popcountll(a) + 100 * __builtin_popcount(lo);
	n = n * 100 + __builtin_clzll(a | 1) + __builtin_ctz(lo | 0x80000000);
	n ^= __builtin_bswap64(a) + __builtin_bswap32(lo);
	n ^= (u64)(lo << shift | lo >> (-shift & 31)) << 16;
	return n ^ (u64)((long long)a >> (b & 63)) ^ a >> (b >> 6 & 63);
}

FUNCTION u64 crc(u64 a, u64 b)
{
	u32 c = ~0u;
	int i, k;

	for (i = 0; i < 16; i++) {
		c ^= (u8)((i < 8 ? a : b) >> (i % 8 * 8));
		for (k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return c;
}

TABLE const u32 sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

FUNCTION u32 rotate(u32 x, int n)
{
	return x >> n | x << (32 - n);
}

/* One block, FIPS 180-4. */
FUNCTION u64 sha256(u64 a, u64 b)
{
	u32 h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	u32 w[64];
	int i, k;

	for (i = 0; i < 16; i++)
		w[i] = (u32)((i & 1 ? a : b) >> (i & 2 ? 32 : 0)) + i;
	for (; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
	for (i = 0; i < 64; i++) {
		u32 t1 = h[7] + (rotate(h[4], 6) ^ rotate(h[4], 11) ^ rotate(h[4], 25)) +
			  ((h[4] & h[5]) ^ (~h[4] & h[6])) + sha256_k[i] + w[i];
		u32 t2 = (rotate(h[0], 2) ^ rotate(h[0], 13) ^ rotate(h[0], 22)) +
			  ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));

		for (k = 7; k > 0; k--)
			h[k] = h[k - 1];
		h[4] += t1;
		h[0] = t1 + t2;
	}
	return (u64)(h[0] ^ h[1] ^ h[2] ^ h[3]) << 32 | (h[4] ^ h[5] ^ h[6] ^ h[7]);
}

FUNCTION u64 sort(u64 a, u64 b)
{
	u64 state = a | 1, sum = 0;
	u16 v[40];
	int i, k;

	for (i = 0; i < 40; i++)
		v[i] = (u16)xorshift(&state);
	for (i = 1; i < 40; i++) {
		u16 x = v[i];

		for (k = i; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	for (i = 0; i < 40; i++)
		sum = sum * 31 + v[(i + b) % 40];
	return sum;
}

/* To text and back. */
FUNCTION u64 decimal(u64 a, u64 b)
{
	u64 n = 0;
	char text[24];
	int i = 0;

	for (a ^= b; a || !i; a /= 10)
		text[i++] = '0' + (int)(a % 10);
	while (i > 0)
		n = n * 10 + (text[--i] - '0');
	return n;
}

/* a * b * b in base 2^16. */
FUNCTION u64 bignum(u64 a, u64 b)
{
	u16 x[4], y[4], z[12];
	u64 n = 0;
	int i, k, round, parts = 4;

	for (i = 0; i < 12; i++)
		z[i] = i < 4 ? (u16)(a >> 16 * i) : 0;
	for (round = 0; round < 2; round++, parts += 4) {
		u16 r[12] = { 0 };

		for (i = 0; i < 4; i++)
			y[i] = (u16)(b >> 16 * i);
		for (i = 0; i < parts; i++) {
			u32 carry = 0;

			for (k = 0; k < 4 && i + k < 12; k++) {
				carry += (u32)z[i] * y[k] + r[i + k];
				r[i + k] = (u16)carry;
				carry >>= 16;
			}
			if (i + 4 < 12)
				r[i + 4] = (u16)carry;
		}
		for (i = 0; i < 12; i++)
			z[i] = r[i];
	}
	for (i = 0; i < 4; i++)
		x[i] = z[i] ^ z[i + 4] ^ z[i + 8];
	for (i = 0; i < 4; i++)
		n = n << 16 | x[i];
	return n;
}

FUNCTION u64 product(u64 a, u64 b)
{
	__uint128_t p = (__uint128_t)a * b;
	__int128_t q = (__int128_t)(long long)a * (long long)b;

	p += (__uint128_t)b << 37;
	return (u64)(p >> 64) ^ (u64)p ^ (u64)(q >> 70);
}

/* A stack machine with a switch. */
FUNCTION u64 machine(u64 a, u64 b)
{
	u32 stack[16] = { 0 }, top = 0, i;
	u64 code = a;

	for (i = 0; i < 48; i++, code = code >> 4 | code << 60) {
		u32 *x = &stack[top & 15], *y = &stack[(top - 1) & 15];

		switch (code & 15) {
		case 0:
			*y += *x;
			top--;
			break;
		case 1:
			*y -= *x;
			top--;
			break;
		case 2:
			*y *= *x;
			top--;
			break;
		case 3:
			*y ^= *x >> 3;
			break;
		case 4:
			*x = ~*x;
			break;
		case 5:
			*x = *x / ((*y & 0xff) + 1);
			break;
		case 6:
			*x = (int)*x < (int)*y ? *x : *y;
			break;
		case 7:
			top += 2;
			break;
		case 8:
			*x = *x % 97;
			break;
		default:
			stack[++top & 15] = (u32)(code >> 4) ^ (u32)b;
		}
	}
	return (u64)stack[top & 15] << 32 | stack[(top + 7) & 15];
}

/* Calls of itself, with what it needs on the stack. */
FUNCTION u32 queens_from(u32 n, u32 row, u32 columns, u32 left, u32 right)
{
	u32 found = 0, i;

	if (row == n)
		return 1;
	for (i = 0; i < n; i++) {
		u32 bit = 1u << i;

		if ((columns | left | right) & bit)
			continue;
		found += queens_from(n, row + 1, columns | bit, (left | bit) << 1,
				     (right | bit) >> 1);
	}
	return found;
}

FUNCTION u64 queens(u64 a, u64 b)
{
	return queens_from(1 + a % 5, 0, 0, 0, 0) + (b & 1);
}

FUNCTION u32 ackermann_of(u32 m, u32 n)
{
	if (!m)
		return n + 1;
	if (!n)
		return ackermann_of(m - 1, 1);
	return ackermann_of(m - 1, ackermann_of(m, n - 1));
}

FUNCTION u64 ackermann(u64 a, u64 b)
{
	return ackermann_of(a % 3, b % 4);
}

FUNCTION u64 narrow(u64 a, u64 b)
{
	signed char c = (signed char)a, d = (signed char)(b >> 8);
	short s = (short)(a >> 16), t = (short)b;
	u64 n;

	n = (u64)(long long)(c * d) << 32;
	n ^= (u64)(long long)(s - t) << 11;
	n += (u8)(c + d) + ((u16)(s * 3) >> 5);
	n ^= (u64)(c / ((d & 0x7f) + 1)) + (u64)(s % ((t & 0x7ffe) + 1));
	return n ^ (u64)(s < t) << 60 ^ (u64)((u8)c > (u8)d) << 61;
}

struct packed_fields {
	u32 one : 5;
	int two : 9;
	u32 three : 18;
	u64 four : 37;
	long long five : 27;
};

FUNCTION u64 fields(u64 a, u64 b)
{
	struct packed_fields f = { 0, 0, 0, 0, 0 };

	f.one = (u32)a & 31;
	f.three = (u32)(a >> 5) & 0x3ffff;
	f.four = b & 0x1fffffffffULL;
	f.one += 3;
	f.two = (int)((a >> 40) % 256) - 128;
	f.five = (long long)(b >> 50) % 1000 - 500;
	f.four -= f.three;
	return f.one + 100 * (u64)f.two + f.three * 7ULL + f.four - f.five;
}

struct triple {
	u64 x;
	u32 y;
	u8 z[5];
};

FUNCTION struct triple turned(struct triple t, int by)
{
	struct triple r = t;
	int i;

	r.x = t.x << by | t.y;
	r.y = t.y ^ (u32)(t.x >> 20);
	for (i = 0; i < 5; i++)
		r.z[(i + by) % 5] = t.z[i] + i;
	return r;
}

FUNCTION u64 structures(u64 a, u64 b)
{
	struct triple list[3];
	u64 sum = 0;
	int i, k;

	for (i = 0; i < 3; i++) {
		list[i].x = a + i;
		list[i].y = (u32)b ^ i;
		for (k = 0; k < 5; k++)
			list[i].z[k] = (u8)(b >> (8 * k));
	}
	for (i = 0; i < 7; i++)
		list[(i + a) % 3] = turned(list[i % 3], 1 + (int)((b + i) % 4));
	for (i = 0; i < 3; i++)
		sum = sum * 1000003 + list[i].x + list[i].y + list[i].z[i] * 256 + list[i].z[4];
	return sum;
}

FUNCTION u32 step_add(u32 x, u32 y)
{
	return x + y;
}

FUNCTION u32 step_mix(u32 x, u32 y)
{
	return (x ^ y) * 2654435761u;
}

FUNCTION u32 step_turn(u32 x, u32 y)
{
	return x << (y & 15) | x >> (16 - (y & 15));
}

/* Lanes call different functions through one pointer. */
FUNCTION u64 functions(u64 a, u64 b)
{
	u32 x = (u32)a, y = (u32)b, i;

	for (i = 0; i < 12; i++) {
		u32 which = (x ^ i) % 3;
		u32 (*f)(u32 x, u32 y) = which == 0 ? step_add :
					 which == 1 ? step_mix : step_turn;

		x = f(x, y + i);
	}
	return x;
}

FUNCTION u64 matrix(u64 a, u64 b)
{
	float x[4][4], y[4][4], sum = 0;
	u64 state = a | 1;
	int i, k, n;
	union {
		float r;
		u32 i;
	} result;

	for (i = 0; i < 16; i++) {
		x[i / 4][i % 4] = (float)(int)(xorshift(&state) & 0xffff) / 256;
		y[i / 4][i % 4] = (float)(int)(xorshift(&state) & 0xff) - 100;
	}
	for (i = 0; i < 4; i++) {
		for (k = 0; k < 4; k++) {
			float s = 0;

			for (n = 0; n < 4; n++)
				s += x[i][n] * y[n][k];
			sum = sum * 0.75f + s / (float)(int)(b % 9 + 1);
		}
	}
	result.r = sum;
	return result.i;
}

/* A square root by Newton's method, and a polynomial in it. */
FUNCTION u64 series(u64 a, u64 b)
{
	double v = (double)(u32)a + 1, x = v, sum = 0;
	union {
		double r;
		u64 i;
	} result;
	int i;

	for (i = 0; i < 24; i++)
		x = (x + v / x) * 0.5;
	for (i = 0; i < 12; i++)
		sum = sum * (x / 65536) + ((double)((b >> (5 * i)) & 31) - 15.5);
	result.r = sum;
	return result.i;
}

/* Quotients are rounded once, also where they are denormal. */
FUNCTION u64 quotients(u64 a, u64 b)
{
	union {
		float r;
		u32 i;
	} x, y, q;
	union {
		double r;
		u64 i;
	} v, w, d;

	x.i = ((u32)a & 0x007fffff) | (1 + (u32)(a >> 32) % 254) << 23;
	y.i = ((u32)b & 0x007fffff) | (1 + (u32)(b >> 32) % 254) << 23;
	q.r = x.r / y.r;
	v.i = (a & 0x000fffffffffffffULL) | (1 + (a >> 52) % 2046) << 52;
	w.i = (b & 0x000fffffffffffffULL) | (1 + (b >> 52) % 2046) << 52;
	d.r = v.r / w.r;
	return d.i ^ (u64)q.i << 13;
}

FUNCTION u64 conversions(u64 a, u64 b)
{
	float f = (float)(int)(u32)a, g = (float)(b & 0xffffffffffULL);
	double d = (double)(long long)a, e = (double)b;
	u64 n;

	n = (u64)(long long)(f / 3) + (u64)(g / 5);
	n ^= (u64)(long long)(d / 7) + (u64)(e / 9);
	n += (u32)(f < g) + 2 * (u32)(d >= e) + 4 * (u32)((float)d == f);
	return n ^ (u64)(long long)(double)(float)(d / 1048576);
}

/* Memory byte by byte, and by words of any alignment. */
FUNCTION u64 bytes(u64 a, u64 b)
{
	u8 memory[48];
	u64 n = 0;
	u32 v;
	int i;

	for (i = 0; i < 48; i++)
		memory[i] = (u8)(a >> (i % 8 * 8)) + i;
	for (i = 0; i < 11; i++) {
		__builtin_memcpy(&v, memory + i * 3 + b % 4, 4);
		v += 0x01020304;
		__builtin_memcpy(memory + 41 - i * 3 - b % 5, &v, 4);
	}
	for (i = 0; i < 48; i++)
		n = (n << 5 | n >> 59) ^ memory[i];
	return n;
}

/* A search tree in an array. */
FUNCTION u64 tree(u64 a, u64 b)
{
	u8 left[24], right[24], key[24];
	u64 state = a | 1, path = 0;
	int n, at;

	for (n = 0; n < 24; n++) {
		u8 k = (u8)xorshift(&state);

		left[n] = 0;
		right[n] = 0;
		key[n] = k;
		for (at = 0; n > 0;) {
			u8 *next = k < key[at] ? &left[at] : &right[at];

			if (!*next) {
				*next = (u8)n;
				break;
			}
			at = *next;
		}
	}
	for (at = 0;;) {
		u8 next = (u8)b < key[at] ? left[at] : right[at];

		path = path * 3 + key[at];
		if (!next)
			return path;
		at = next;
	}
}

#endif
