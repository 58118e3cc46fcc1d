/*
 * The offline check of one draw, in the browser: the same two verdicts as market/selection/verifier.py, which documents
 * the layout of draw.json and draw.zip. No dependency and no request: it may be saved to disk and used without a network.
 * Hashes are computed here rather than by WebCrypto because that is missing on plain http and knows no SM3.
 * Chromium 86, Firefox 78 and Safari 14 must run it: no newer syntax.
 */
(function (global) {
  "use strict";

  // ---------------------------------------------------------------- bytes and hashes

  var utf8 = new TextEncoder();

  function concat() {
    var size = 0, at = 0, i;
    for (i = 0; i < arguments.length; i += 1) size += arguments[i].length;
    var whole = new Uint8Array(size);
    for (i = 0; i < arguments.length; i += 1) { whole.set(arguments[i], at); at += arguments[i].length; }
    return whole;
  }

  function hex(bytes) {
    var text = "";
    for (var i = 0; i < bytes.length; i += 1) text += (bytes[i] < 16 ? "0" : "") + bytes[i].toString(16);
    return text;
  }

  function unhex(text) {
    var bytes = new Uint8Array(text.length / 2);
    for (var i = 0; i < bytes.length; i += 1) bytes[i] = parseInt(text.substr(2 * i, 2), 16);
    return bytes;
  }

  function padded(bytes, block, lengthBytes) {
    var size = Math.ceil((bytes.length + 1 + lengthBytes) / block) * block;
    var whole = new Uint8Array(size);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    var view = new DataView(whole.buffer);
    view.setUint32(size - 8, Math.floor(bytes.length / 0x20000000));
    view.setUint32(size - 4, (bytes.length << 3) >>> 0);
    return view;
  }

  function output(words) {
    var view = new DataView(new ArrayBuffer(words.length * 4));
    for (var i = 0; i < words.length; i += 1) view.setUint32(4 * i, words[i] >>> 0);
    return new Uint8Array(view.buffer);
  }

  function primes(count) {
    var found = [];
    for (var n = 2; found.length < count; n += 1) {
      if (found.every(function (p) { return n % p; })) found.push(n);
    }
    return found;
  }

  // The constants of SHA-2 are the first bits of the roots of the primes; an exact integer root needs no table.
  function rootBits(prime, power, bits) {
    var target = BigInt(prime) << BigInt(power * bits), low = 0n, high = 1n << BigInt(bits + 10);
    while (high - low > 1n) {
      var middle = (low + high) >> 1n;
      var grown = power === 2 ? middle * middle : middle * middle * middle;
      if (grown <= target) low = middle; else high = middle;
    }
    return low & ((1n << BigInt(bits)) - 1n);
  }

  var K256 = new Int32Array(primes(64).map(function (p) { return Number(rootBits(p, 3, 32)) | 0; }));
  var H256 = new Int32Array(primes(8).map(function (p) { return Number(rootBits(p, 2, 32)) | 0; }));
  var K512 = primes(80).map(function (p) { return rootBits(p, 3, 64); });
  var H512 = primes(8).map(function (p) { return rootBits(p, 2, 64); });
  var W256 = new Int32Array(64);

  function sha256(bytes) {
    var view = padded(bytes, 64, 8), h = new Int32Array(H256), w = W256;
    for (var at = 0; at < view.byteLength; at += 64) {
      var i, x, y;
      for (i = 0; i < 16; i += 1) w[i] = view.getInt32(at + 4 * i);
      for (i = 16; i < 64; i += 1) {
        x = w[i - 15]; y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
          ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
      }
      var a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
      for (i = 0; i < 64; i += 1) {
        x = k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K256[i] + w[i] | 0;
        y = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
        k = g; g = f; f = e; e = d + x | 0; d = c; c = b; b = a; a = x + y | 0;
      }
      h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
    }
    return output(h);
  }

  function turn(x, n) { n &= 31; return n ? x << n | x >>> (32 - n) : x; }

  function sm3(bytes) {
    var view = padded(bytes, 64, 8), w = new Int32Array(68);
    var h = new Int32Array([0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]);
    for (var at = 0; at < view.byteLength; at += 64) {
      var i, x;
      for (i = 0; i < 16; i += 1) w[i] = view.getInt32(at + 4 * i);
      for (i = 16; i < 68; i += 1) {
        x = w[i - 16] ^ w[i - 9] ^ turn(w[i - 3], 15);
        w[i] = x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[i - 13], 7) ^ w[i - 6];
      }
      var v = Array.from(h);
      for (i = 0; i < 64; i += 1) {
        var a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
        var s1 = turn(turn(a, 12) + e + turn(i < 16 ? 0x79cc4519 : 0x7a879d8a, i) | 0, 7), s2 = s1 ^ turn(a, 12);
        var ff = i < 16 ? a ^ b ^ c : a & b | a & c | b & c, gg = i < 16 ? e ^ f ^ g : e & f | ~e & g;
        var t1 = ff + v[3] + s2 + (w[i] ^ w[i + 4]) | 0, t2 = gg + v[7] + s1 + w[i] | 0;
        v = [t1, a, turn(b, 9), c, t2 ^ turn(t2, 9) ^ turn(t2, 17), e, turn(f, 19), g];
      }
      for (i = 0; i < 8; i += 1) h[i] ^= v[i];
    }
    return output(h);
  }

  function sha512(bytes) {
    var view = padded(bytes, 128, 16), mask = (1n << 64n) - 1n, h = H512.slice(), w = [];
    function r(x, n) { return x >> n | x << (64n - n) & mask; }
    for (var at = 0; at < view.byteLength; at += 128) {
      var i, x, y;
      for (i = 0; i < 16; i += 1) w[i] = BigInt(view.getUint32(at + 8 * i)) << 32n | BigInt(view.getUint32(at + 8 * i + 4));
      for (i = 16; i < 80; i += 1) {
        x = w[i - 15]; y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (r(x, 1n) ^ r(x, 8n) ^ x >> 7n) + (r(y, 19n) ^ r(y, 61n) ^ y >> 6n) & mask;
      }
      var v = h.slice();
      for (i = 0; i < 80; i += 1) {
        var a = v[0], e = v[4];
        x = v[7] + (r(e, 14n) ^ r(e, 18n) ^ r(e, 41n)) + (e & v[5] ^ (mask ^ e) & v[6]) + K512[i] + w[i] & mask;
        y = (r(a, 28n) ^ r(a, 34n) ^ r(a, 39n)) + (a & v[1] ^ a & v[2] ^ v[1] & v[2]) & mask;
        v = [x + y & mask, a, v[1], v[2], v[3] + x & mask, e, v[5], v[6]];
      }
      h = h.map(function (old, place) { return old + v[place] & mask; });
    }
    return unhex(h.map(function (one) { return one.toString(16).padStart(16, "0"); }).join(""));
  }

  var SUITES = { sha256: sha256, sm3: sm3 };

  function hmac(suite, key, message) {
    var hash = SUITES[suite], inner = new Uint8Array(64).fill(0x36), outer = new Uint8Array(64).fill(0x5c);
    for (var i = 0; i < key.length; i += 1) { inner[i] ^= key[i]; outer[i] ^= key[i]; }
    return hash(concat(outer, hash(concat(inner, message))));
  }

  // ---------------------------------------------------------------- Ed25519 (RFC 8032)

  var P = (1n << 255n) - 19n, L = (1n << 252n) + 27742317777372353535851937790883648493n;

  function mod(x) { x %= P; return x < 0n ? x + P : x; }

  function power(base, exponent) {
    var value = 1n;
    for (base = mod(base); exponent; exponent >>= 1n) {
      if (exponent & 1n) value = mod(value * base);
      base = mod(base * base);
    }
    return value;
  }

  var D = mod(-121665n * power(121666n, P - 2n)), ROOT = power(2n, (P - 1n) / 4n);

  function little(bytes) { return BigInt("0x" + (hex(Uint8Array.from(bytes).reverse()) || "0")); }

  function point(bytes) {
    var raw = little(bytes), y = raw & ((1n << 255n) - 1n), sign = raw >> 255n;
    var square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n)), x = power(square, (P + 3n) / 8n);
    if (mod(x * x - square)) x = mod(x * ROOT);
    if (y >= P || mod(x * x - square) || (!x && sign)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  }

  function add(p, q) {
    var a = mod((p[1] - p[0]) * (q[1] - q[0])), b = mod((p[1] + p[0]) * (q[1] + q[0]));
    var c = mod(2n * p[3] * q[3] * D), d = mod(2n * p[2] * q[2]), e = b - a, f = d - c, g = d + c, h = b + a;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  }

  function times(scalar, p) {
    var q = [0n, 1n, 1n, 0n];
    for (; scalar; scalar >>= 1n) { if (scalar & 1n) q = add(q, p); p = add(p, p); }
    return q;
  }

  var BASE_Y = mod(4n * power(5n, P - 2n));

  function ed25519(pub, message, signature) {
    if (signature.length !== 64 || pub.length !== 32) return false;
    var a = point(pub), r = point(signature.slice(0, 32)), s = little(signature.slice(32));
    if (!a || !r || s >= L) return false;
    var h = little(sha512(concat(signature.slice(0, 32), pub, message))) % L;
    var base = point(unhex(BASE_Y.toString(16).padStart(64, "0")).reverse());
    var left = times(s, base), right = add(r, times(h, a));
    return !mod(left[0] * right[2] - right[0] * left[2]) && !mod(left[1] * right[2] - right[1] * left[2]);
  }

  // ---------------------------------------------------------------- canonical JSON (RFC 8785 without floats)

  function Unusable(text) { this.text = text; }
  function Failed(field, text) { this.field = field.replace(/^\.+/, "") || "(file)"; this.text = text; }

  var SHAPE = "缺少、多余或不合格式 missing, unknown or malformed";
  var DIFFERS = "与重算不符 differs from what was recomputed";

  function need(holds, field, text) { if (!holds) throw new Failed(field, text || SHAPE); }

  // JSON.parse keeps the last of two equal keys and rounds numbers in silence, so the text is read here.
  function parse(text) {
    var at = 0, token = /[ \t\n\r]*(?:([{}[\],:])|"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|(-?(?:0|[1-9][0-9]*))(?![0-9.eE])|(true|false|null))/y;
    function refuse(why) { throw new Unusable("不是规范的 JSON not strict JSON: " + why + " @" + at); }
    function next() {
      token.lastIndex = at;
      var match = token.exec(text);
      if (!match) refuse("unexpected text");
      at = token.lastIndex;
      return match;
    }
    function string(match) {
      var value = JSON.parse(match[0].trim());
      if (value.normalize("NFC") !== value) refuse("a string is not in NFC");
      for (var i = 0; i < value.length; i += 1) {
        var unit = value.charCodeAt(i);
        if (unit < 0xd800 || unit > 0xdfff) continue;
        i += 1;
        var low = value.charCodeAt(i);
        if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) refuse("a lone surrogate");
      }
      return value;
    }
    function isString(match) { return match[1] === undefined && match[3] === undefined && match[4] === undefined; }
    function value(match, depth) {
      if (depth > 100) refuse("nested too deeply");
      if (match[3] !== undefined) {
        var number = Number(match[3]);
        if (!Number.isSafeInteger(number)) refuse("an integer is too large");
        return number || 0;
      }
      if (match[4] !== undefined) return { true: true, false: false, null: null }[match[4]];
      if (match[1] === "{") return object(depth);
      if (match[1] === "[") return array(depth);
      if (!isString(match)) refuse("unexpected sign");
      return string(match);
    }
    function array(depth) {
      var list = [], match = next();
      if (match[1] === "]") return list;
      for (;;) {
        list.push(value(match, depth + 1));
        match = next();
        if (match[1] === "]") return list;
        if (match[1] !== ",") refuse("comma expected");
        match = next();
      }
    }
    function object(depth) {
      var made = Object.create(null), match = next();
      if (match[1] === "}") return made;
      for (;;) {
        if (!isString(match)) refuse("key expected");
        var key = string(match);
        if (key in made || /[^\x00-\x7f]/.test(key)) refuse("a key is repeated or not ASCII");
        if (next()[1] !== ":") refuse("colon expected");
        made[key] = value(next(), depth + 1);
        match = next();
        if (match[1] === "}") return made;
        if (match[1] !== ",") refuse("comma expected");
        match = next();
      }
    }
    var whole = value(next(), 0);
    if (/[^ \t\n\r]/.test(text.slice(at))) refuse("text after the end");
    return whole;
  }

  function isObject(value) { return typeof value === "object" && value !== null && !Array.isArray(value); }

  function text(value) {
    if (Array.isArray(value)) return "[" + value.map(text).join(",") + "]";
    if (!isObject(value)) return JSON.stringify(value);
    return "{" + Object.keys(value).sort().map(function (key) { return JSON.stringify(key) + ":" + text(value[key]); }).join(",") + "}";
  }

  function hashed(value, suite) { return hex(SUITES[suite](utf8.encode(text(value)))); }

  // ---------------------------------------------------------------- forms

  var RANKS = {
    "notice.published": 0, "notice.amended": 1, "pool.frozen": 2, "inputs.frozen": 3,
    "quotes.opened": 4, "beacon.missed": 4, "beacon.published": 4, "draw.result": 5
  };
  var VALUES = {
    "drand-quicknet": "[0-9a-f]{96}", practice: "[0-9a-f]{64}", ceremony: "([0-9]{1,9}\\.)+",
    "cwl-kl8": "([1-9][0-9]?\\.){20}", "cwl-ssq": "([1-9][0-9]?\\.){6}/[1-9][0-9]?\\."
  };
  var ANY = "[\\s\\S]+", HEX = "[0-9a-f]{64}", LABEL = "[a-z][a-z0-9_-]{0,31}", ID = "[0-9A-Z][0-9A-Z.-]{0,63}";
  var TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?\\+08:00";
  function either(table) { return Object.keys(table).map(function (key) { return key.replace(/\./g, "\\."); }).join("|"); }
  var BUNDLE = {
    notice: {
      d: "fair-draw/1 notice", suite: "sha256|sm3", id: ANY, opens_at: TIME, closes_at: TIME, reveal_by: TIME,
      lists: [{ label: LABEL, take: "int", "*": "" }], commits: [{ by: ANY, commit: HEX, "*": "" }],
      beacons: [{ kind: either(VALUES), event: ANY, "else?": [ANY], "at?": TIME, "*": "" }], "*": ""
    },
    lists: [{ label: LABEL, entries: [{ id: ID, w: "int" }] }],
    secrets: [{ by: ANY, secret: "|" + HEX }],
    beacons: [{ kind: ANY, event: ANY, value: ANY }],
    result: {
      d: "fair-draw/1 result", notice: HEX, pool: HEX, seed: HEX,
      orders: [{ label: LABEL, order: [ID], selected: [ID] }]
    },
    result_hash: HEX,
    "opening?": {
      d: "selection/1 opening", notice: HEX, pool: HEX,
      quotes: [{ agency: ID, commit: "|" + HEX, fen: "fen", salt: "|" + HEX, excluded: "|unopenable|out_of_range" }]
    },
    "selection?": {
      d: "selection/1 result", notice: HEX, pool: HEX, method: "lowest_quote", draw: HEX, opening: HEX,
      ranking: [{ agency: ID, fen: "fen" }]
    }
  };
  var ENTRIES = [{ index: "count", body: ANY, path: [HEX] }];
  var BODY = { d: "event", v: "int", type: either(RANKS), at: TIME, notice: ANY, "*": "" };

  var patterns = Object.create(null);
  function matches(pattern, value) {
    if (!patterns[pattern]) patterns[pattern] = new RegExp("^(?:" + pattern + ")$");
    return patterns[pattern].test(value);
  }
  function has(object, key) { return Object.prototype.hasOwnProperty.call(object, key); }

  function checkShape(value, form, path) {
    if (Array.isArray(form)) {
      need(Array.isArray(value), path);
      value.forEach(function (part, place) { checkShape(part, form[0], path + "[" + place + "]"); });
    } else if (isObject(form)) {
      need(isObject(value), path);
      var keys = Object.keys(form).filter(function (key) { return key !== "*"; }).map(function (key) { return key.replace("?", ""); });
      keys.concat(Object.keys(value)).sort().forEach(function (key) {
        var part = has(form, key) ? form[key] : has(form, key + "?") ? form[key + "?"] : undefined;
        need((part || has(form, "*")) && (has(value, key) || !has(form, key)), path + "." + key);
        if (part && has(value, key)) checkShape(value[key], part, path + "." + key);
      });
    } else if (form === "int" || form === "count") {
      need(Number.isInteger(value) && value >= (form === "int" ? 1 : 0) && value <= 2147483648, path);
    } else if (form === "fen") {
      need(value === null || (Number.isInteger(value) && value >= 0), path);
    } else {
      need((value === null || typeof value === "string") && matches(form, value || ""), path);
    }
  }

  // ---------------------------------------------------------------- 1 arithmetic

  function column(list, name) { return list.map(function (part) { return part[name]; }); }

  function checkArithmetic(bundle) {
    var notice = bundle.notice, suite = notice.suite;
    [["lists", "lists", "label"], ["secrets", "commits", "by"], ["beacons", "beacons", "kind"]].forEach(function (names) {
      var announced = column(notice[names[1]], names[2]);
      var once = names[0] === "beacons" || new Set(announced).size === announced.length;
      need(announced.length && once, "notice." + names[1], "空或重复 none or twice");
      need(text(column(bundle[names[0]], names[2])) === text(announced), names[0], "与公告不符 not as announced");
    });
    bundle.lists.forEach(function (entered, at) {
      for (var row = 1; row < entered.entries.length; row += 1) {
        need(entered.entries[row - 1].id < entered.entries[row].id, "lists[" + at + "].entries[" + row + "].id", "未按编号升序 not in ascending order");
      }
    });
    bundle.secrets.forEach(function (part, at) {
      var opened = { d: "fair-draw/1 commit", notice: notice.id, by: part.by, secret: part.secret };
      var holds = part.secret === null || hashed(opened, suite) === notice.commits[at].commit;
      need(holds, "secrets[" + at + "].secret", "与承诺值不符 differs from its commitment");
    });
    bundle.beacons.forEach(function (part, at) {
      var events = [notice.beacons[at].event].concat(notice.beacons[at]["else"] || []);
      need(events.indexOf(part.event) >= 0, "beacons[" + at + "].event", "不是公告的期次 not an announced event");
      need(matches(VALUES[part.kind], part.value), "beacons[" + at + "].value");
    });
    var hashes = inputHashes(bundle);
    compareResult(bundle, hashes);
    checkQuotes(bundle, isQuoted(bundle), hashes);
  }

  function isQuoted(bundle) { return bundle.notice.method === "lowest_quote"; }

  // Opened quotes against their commitments, and the order by price, ties as drawn.
  function checkQuotes(bundle, quoted, hashes) {
    ["opening", "selection"].forEach(function (key) { need(has(bundle, key) === quoted, key); });
    if (!quoted) return;
    var notice = bundle.notice, log = bundle.opening, suite = notice.suite, fens = Object.create(null), places = Object.create(null);
    var floor = notice.floor || { fen: 1 }, ceiling = notice.ceiling_fen;
    need(isObject(floor) && Number.isInteger(floor.fen) && Number.isInteger(ceiling), "notice.ceiling_fen");
    need(text(column(log.quotes, "agency")) === text(column(bundle.lists[0].entries, "id")), "opening.quotes", "与名单不符 not those of the pool");
    log.quotes.forEach(function (part, at) {
      var said = { d: "selection/1 quote", notice: notice.id, agency: part.agency, fen: part.fen, salt: part.salt };
      var holds = part.fen === null ? part.salt === null : hashed(said, suite) === part.commit;
      need(holds, "opening.quotes[" + at + "].fen", "与承诺值不符 differs from its commitment");
      var counts = part.fen !== null && Math.max(floor.fen, 1) <= part.fen && part.fen <= ceiling;
      var why = counts ? null : part.fen === null ? "unopenable" : "out_of_range";
      need(part.excluded === why, "opening.quotes[" + at + "].excluded", DIFFERS);
      if (counts) fens[part.agency] = part.fen;
    });
    bundle.result.orders[0].order.forEach(function (one, place) { places[one] = place; });
    var ranking = Object.keys(fens).sort(function (a, b) { return fens[a] - fens[b] || places[a] - places[b]; });
    var right = [["notice", hashes.notice], ["pool", hashes.pool], ["draw", bundle.result_hash], ["opening", hashed(log, suite)]];
    right.push(["ranking", ranking.map(function (one) { return { agency: one, fen: fens[one] }; })]);
    right.forEach(function (pair) {
      var key = pair[0], value = text(pair[1]);
      need(!has(log, key) || text(log[key]) === value, "opening." + key, DIFFERS);
      need(text(bundle.selection[key]) === value, "selection." + key, DIFFERS);
    });
  }

  function inputHashes(bundle) {
    var suite = bundle.notice.suite, noticed = hashed(bundle.notice, suite);
    return {
      notice: noticed,
      pool: hashed({ d: "fair-draw/1 pool", notice: noticed, lists: bundle.lists }, suite),
      secrets: hashed({ d: "fair-draw/1 secrets", notice: noticed, secrets: bundle.secrets }, suite)
    };
  }

  function compareResult(bundle, hashes) {
    var suite = bundle.notice.suite, found = bundle.result;
    var seed = hashed({ d: "fair-draw/1 draw", notice: hashes.notice, pool: hashes.pool, secrets: bundle.secrets, beacons: bundle.beacons }, suite);
    need(found.notice === hashes.notice, "result.notice", DIFFERS);
    need(found.pool === hashes.pool, "result.pool", DIFFERS);
    need(found.seed === seed, "result.seed", DIFFERS);
    need(found.orders.length === bundle.lists.length, "result.orders", DIFFERS);
    bundle.notice.lists.forEach(function (announced, at) {
      var path = "result.orders[" + at + "]", given = found.orders[at];
      var order = orderOf(unhex(seed), announced.label, bundle.lists[at].entries, suite);
      need(given.label === announced.label, path + ".label", DIFFERS);
      [["order", order], ["selected", order.slice(0, announced.take)]].forEach(function (pair) {
        pair[1].forEach(function (one, place) { need(given[pair[0]][place] === one, path + "." + pair[0] + "[" + place + "]", DIFFERS); });
        need(given[pair[0]].length === pair[1].length, path + "." + pair[0], DIFFERS);
      });
    });
    need(bundle.result_hash === hashed(found, suite), "result_hash", DIFFERS);
  }

  // The sum of weights stays below 2^53 for up to four million entries, so plain numbers hold it exactly.
  function orderOf(seed, label, entries, suite) {
    var count = entries.length, sums = new Float64Array(count + 1), total = 0, order = [], words = [], block = 0, top = 1, i;
    for (i = 1; i <= count; i += 1) {
      total += entries[i - 1].w;
      sums[i] += entries[i - 1].w;
      if (i + (i & -i) <= count) sums[i + (i & -i)] += sums[i];
    }
    while (top * 2 <= count) top *= 2;
    function word() {
      if (!words.length) {
        var counter = new Uint8Array(8);
        new DataView(counter.buffer).setUint32(4, block);
        var view = new DataView(hmac(suite, seed, concat(utf8.encode("fair-draw/1 block\0" + label + "\0"), counter)).buffer);
        for (var at = 24; at >= 0; at -= 8) words.push([view.getUint32(at), view.getUint32(at + 4)]);
        block += 1;
      }
      return words.pop();
    }
    function uniform(n) {
      var bits = 0, u = n;
      while (Math.pow(2, bits) < n) bits += 1;
      if (!bits) return 0;
      while (u >= n) {
        var pair = word();
        u = bits <= 32 ? pair[0] >>> (32 - bits) : pair[0] * Math.pow(2, bits - 32) + (pair[1] >>> (64 - bits));
      }
      return u;
    }
    while (order.length < count) {
      var u = uniform(total), place = 0;
      for (var step = top; step; step >>= 1) {
        if (place + step <= count && sums[place + step] <= u) { place += step; u -= sums[place]; }
      }
      order.push(entries[place].id);
      total -= entries[place].w;
      for (i = place + 1; i <= count; i += i & -i) sums[i] -= entries[place].w;
    }
    return order;
  }

  // ---------------------------------------------------------------- 2 trace

  function checkTrace(bundle, members, policy) {
    var entries = parse(members["entries.json"]), tree = openCheckpoint(members.checkpoint, policy);
    checkShape(entries, ENTRIES, "entries");
    var logged = entries.map(function (entry, at) { return included(entry, "entries[" + at + "]", tree); });
    var ranks = logged.map(function (body) { return RANKS[body.type]; });
    var times = logged.map(function (body) { return body.at.slice(0, -6); });
    logged.forEach(function (body, at) {
      need(body.notice === bundle.notice.id, "notice.id", "entries[" + at + "] 属于别的公告 is of another notice");
      var rises = !at || (entries[at - 1].index < entries[at].index && ranks[at - 1] <= ranks[at] && times[at - 1] <= times[at]);
      need(rises, "entries[" + at + "]", "次序不对 in the wrong order");
    });
    var quoted = isQuoted(bundle), suite = bundle.notice.suite;
    need(!quoted || (has(bundle, "opening") && has(bundle, "selection")), "opening");
    Object.keys(RANKS).forEach(function (name) {
      var count = logged.filter(function (body) { return body.type === name; }).length;
      var once = count === (quoted || name !== "quotes.opened" ? 1 : 0);
      need(once || RANKS[name] === 1 || name.slice(0, 6) === "beacon", "entries", "应恰有一条 there must be exactly one " + name);
    });
    var hashes = inputHashes(bundle), last = ranks.indexOf(2) - 1; // the last version of the notice is the one that counts
    var facts = {
      "pool.frozen": [["lists", "pool", hashes.pool]], "inputs.frozen": [["secrets", "secrets", hashes.secrets]],
      "draw.result": [["result", "result", hashed(bundle.result, suite)]]
    };
    if (quoted) {
      var sealed = bundle.opening.quotes.map(function (part) { return { agency: part.agency, commit: part.commit }; });
      var sealing = { d: "selection/1 sealed quotes", notice: hashes.notice, quotes: sealed };
      facts["pool.frozen"].push(["sealed", "quotes", hashed(sealing, suite)]);
      facts["quotes.opened"] = [["opening", "opening", hashed(bundle.opening, suite)]];
      facts["draw.result"].push(["selection", "selection", hashed(bundle.selection, suite)]);
    }
    logged.forEach(function (body, at) {
      var mine = has(facts, body.type) ? facts[body.type] : [];
      var claims = (mine.length || at === last ? [["notice", "hash", hashes.notice]] : []).concat(mine);
      claims.forEach(function (claim) {
        need(body[claim[1]] === claim[2], claim[0], "与存证不符 differs from the log at entries[" + at + "].body." + claim[1]);
      });
    });
    checkMoments(bundle, logged, times[0], times[ranks.indexOf(2)], times[ranks.indexOf(3)]);
  }

  function included(entry, path, tree) {
    var at = entry.index, last = tree.size - 1, value = sha256(concat(new Uint8Array([0]), utf8.encode(entry.body)));
    need(at <= last, path + ".index");
    entry.path.map(unhex).forEach(function (step) {
      need(last > 0, path + ".path");
      var left = at % 2 === 1 || at === last;
      value = sha256(left ? concat(new Uint8Array([1]), step, value) : concat(new Uint8Array([1]), value, step));
      while (left && at % 2 === 0 && at) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
      at = Math.floor(at / 2); last = Math.floor(last / 2);
    });
    need(last === 0 && hex(value) === tree.root, path, "不在该检查点的存证树中 not in the tree of the checkpoint");
    var body = parse(entry.body);
    checkShape(body, BODY, path + ".body");
    need(text(body) === entry.body && body.v === 1, path + ".body");
    return body;
  }

  function checkMoments(bundle, logged, published, frozen, inputs) {
    var notice = bundle.notice, skipped = bundle.secrets.some(function (part) { return part.secret === null; });
    need(published <= notice.opens_at.slice(0, -6), "notice.opens_at", "开始后才公告 published after opening");
    need(frozen >= notice.closes_at.slice(0, -6), "notice.closes_at", "截止前冻结 pool frozen before the deadline");
    need(!skipped || inputs >= notice.reveal_by.slice(0, -6), "notice.reveal_by", "提前跳过密值 skipped too early");
    bundle.beacons.slice(0, notice.beacons.length).forEach(function (part, place) {
      var announced = notice.beacons[place], path = "beacons[" + place + "]", seen = [];
      var events = [announced.event].concat(announced["else"] || []);
      for (var i = 0; i < events.length; i += 1) {
        seen = logged.filter(function (body) { return body.kind === part.kind && body.event === events[i]; });
        if (events[i] === part.event) break;
        var missed = seen.some(function (body) { return body.type === "beacon.missed"; });
        need(missed, path + ".event", "没有 " + events[i] + " 未开出的记载 no entry says that it was missed");
      }
      var values = seen.filter(function (body) { return body.type === "beacon.published"; });
      need(values.every(function (body) { return body.value === part.value; }), path + ".value", "与存证不符 not as logged");
      var at = (announced.at || "").slice(0, -6);
      if (part.kind === "practice") {
        need(values.length && values[0].at.slice(0, -6) >= at, path + ".value", "没有或过早公布 not published, or too early");
        return;
      }
      if (part.kind === "drand-quicknet" && matches("[0-9]{1,10}", part.event)) {
        at = new Date((1692803367 + 3 * (Number(part.event) - 1) + 8 * 3600) * 1000).toISOString().slice(0, 19);
      }
      need(!at || inputs < at, path + ".event", "早于输入冻结 older than the frozen inputs");
    });
  }

  function unbase64(value) { return Uint8Array.from(atob(value), function (one) { return one.charCodeAt(0); }); }

  function openCheckpoint(note, policy) {
    var gap = note.lastIndexOf("\n\n"), body = note.slice(0, Math.max(gap, 0)), lines = body.split("\n"), signed = false;
    need(gap > 0 && lines.length >= 3 && matches("0|[1-9][0-9]{0,14}", lines[1]) && matches("[A-Za-z0-9+/]{43}=", lines[2]), "checkpoint");
    policy.split("\n").forEach(function (line) {
      if (!line.trim() || line.trim()[0] === "#") return;
      var match = /^log ([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(line.trim());
      var key = match ? unbase64(match[3]) : new Uint8Array(0);
      if (!match || hex(sha256(concat(utf8.encode(match[1] + "\n"), key))).slice(0, 8) !== match[2]) {
        throw new Unusable("无法采用的公钥 not a usable line of the policy: " + line);
      }
      note.slice(gap + 2).split("\n").forEach(function (one) {
        var cut = one.lastIndexOf(" "), value = one.slice(cut + 1);
        var blob = matches("[A-Za-z0-9+/]{91}=", value) ? unbase64(value) : new Uint8Array(0);
        var mine = one.slice(0, cut) === "— " + lines[0] && lines[0] === match[1] && hex(blob.slice(0, 4)) === match[2];
        signed = signed || (mine && key[0] === 1 && ed25519(key.slice(1), utf8.encode(body + "\n"), blob.slice(4)));
      });
    });
    need(signed, "checkpoint", "没有可信的签名 not signed by a trusted log");
    return { size: Number(lines[1]), root: hex(unbase64(lines[2])) };
  }

  // ---------------------------------------------------------------- the file

  var CRC = new Int32Array(256).map(function (_, n) {
    for (var i = 0; i < 8; i += 1) n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1;
    return n;
  });

  function crc32(bytes) {
    var value = -1;
    for (var i = 0; i < bytes.length; i += 1) value = CRC[(value ^ bytes[i]) & 255] ^ value >>> 8;
    return ~value >>> 0;
  }

  function decode(bytes) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      throw new Unusable("不是 UTF-8 not UTF-8");
    }
  }

  function unzip(bytes) {
    var view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), end = bytes.length - 22, members = {};
    function refuse() { throw new Unusable("不是可用的 draw.zip not a usable draw.zip"); }
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
    if (end < 0) refuse();
    var count = view.getUint16(end + 10, true), at = view.getUint32(end + 16, true);
    for (var i = 0; i < count; i += 1) {
      if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50 || view.getUint16(at + 10, true) !== 0) refuse();
      var size = view.getUint32(at + 24, true), nameSize = view.getUint16(at + 28, true), start = view.getUint32(at + 42, true);
      var name = decode(bytes.subarray(at + 46, at + 46 + nameSize));
      if (start + 30 > bytes.length || view.getUint32(start, true) !== 0x04034b50) refuse();
      start += 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
      var data = bytes.subarray(start, start + size);
      if (data.length !== size || crc32(data) !== view.getUint32(at + 16, true) || has(members, name)) refuse();
      members[name] = decode(data);
      at += 46 + nameSize + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    if (Object.keys(members).sort().join() !== "checkpoint,draw.json,entries.json") refuse();
    return members;
  }

  function membersOf(data) {
    if (typeof data === "string") return { "draw.json": data };
    var bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
    return bytes[0] === 0x50 && bytes[1] === 0x4b ? unzip(bytes) : { "draw.json": decode(bytes) };
  }

  function verdict(check) {
    try {
      check();
    } catch (error) {
      if (error instanceof Failed) return { ok: false, field: error.field, text: error.text };
      throw error;
    }
    return { ok: true, field: "", text: "" };
  }

  function judge(data, policyText) {
    var members = membersOf(data), bundle = parse(members["draw.json"]);
    var shape = verdict(function () { checkShape(bundle, BUNDLE, ""); });
    if (!shape.ok) return { arithmetic: shape, trace: shape, lookups: [] };
    var trace = { ok: null, field: "", text: "只验证了算术：没有外来的公钥 only arithmetic: no policy was given" };
    if (!has(members, "entries.json")) {
      trace.text = "只验证了算术：请用 draw.zip only arithmetic: this file has no proofs, use draw.zip";
    } else if (policyText && policyText.trim()) {
      trace = verdict(function () { checkTrace(bundle, members, policyText); });
    }
    return {
      arithmetic: verdict(function () { checkArithmetic(bundle); }),
      trace: trace,
      lookups: bundle.beacons.map(function (part) { return part.kind + " " + part.event + " = " + part.value; })
    };
  }

  // Return both verdicts; ok is true, false or null (not checked). A file that cannot be read fails both at "(file)".
  function gongxuanVerify(data, policyText) {
    try {
      return judge(data, policyText || "");
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      var unusable = { ok: false, field: "(file)", text: "无法读取 unusable: " + error.text };
      return { arithmetic: unusable, trace: unusable, lookups: [] };
    }
  }

  global.gongxuanVerify = gongxuanVerify;
  gongxuanVerify.primitives = { sha256: sha256, sha512: sha512, sm3: sm3, ed25519: ed25519, canonical: function (t) { return text(parse(t)); } };

  // ---------------------------------------------------------------- the page

  var CHINESE = {
    true: "成立", false: "不成立", null: "未验证", arithmetic: "① 算术", trace: "② 留痕", colon: "：", stop: "。",
    lookup: "公共随机数，请自行查对：", first: "请先选择 draw.zip，或粘贴 draw.json 的内容。",
    detail: function (text) { return text; }
  };
  var ENGLISH = {
    true: "holds", false: "fails", null: "not checked", arithmetic: "① Arithmetic", trace: "② Trace", colon: ": ", stop: ". ",
    lookup: "Public random number, to look up yourself: ", first: "Choose a draw.zip first, or paste the content of a draw.json.",
    // A detail says the same in both languages, Chinese first.
    detail: function (text) { return text.replace(/[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+ ?/g, ""); }
  };
  function wordsOf(document) {
    var root = document.documentElement;
    return root && root.lang === "en" ? ENGLISH : CHINESE;
  }

  function show(place, report) {
    var words = wordsOf(place.ownerDocument);
    place.textContent = "";
    function line(content, state) {
      var part = place.ownerDocument.createElement("p");
      part.textContent = content;
      if (state !== undefined) part.dataset.ok = String(state);
      place.appendChild(part);
    }
    ["arithmetic", "trace"].forEach(function (name) {
      var part = report[name], detail = words.detail([part.field, part.text].filter(Boolean).join(" "));
      line(words[name] + words.colon + words[part.ok] + (detail ? words.stop + detail : ""), part.ok);
    });
    report.lookups.forEach(function (beacon) { line(words.lookup + beacon); });
  }

  function wire(document) {
    function get(id) { return document.getElementById(id); }
    var run = get("verify-run"), place = get("verify-out");
    if (!run || !place) return;
    run.addEventListener("click", function (event) {
      event.preventDefault();
      var file = get("verify-file"), pasted = get("verify-text"), policy = get("verify-policy");
      var chosen = file && file.files && file.files[0];
      var policyText = policy ? policy.value : "";
      if (!chosen && !(pasted && pasted.value.trim())) {
        place.textContent = wordsOf(document).first;
        return;
      }
      if (!chosen) {
        show(place, gongxuanVerify(pasted ? pasted.value : "", policyText));
        return;
      }
      chosen.arrayBuffer().then(function (buffer) { show(place, gongxuanVerify(new Uint8Array(buffer), policyText)); });
    });
  }

  if (global.document) {
    if (global.document.readyState === "loading") {
      global.document.addEventListener("DOMContentLoaded", function () { wire(global.document); });
    } else {
      wire(global.document);
    }
  }
})(typeof window === "undefined" ? globalThis : window);
