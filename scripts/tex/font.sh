#!/bin/sh
# Makes src/lab/tex/stix-two-math.woff2: what formulas need of STIX Two Math, 35 kB of 400. Needs npm, and Python with fonttools and brotli.
set -e
target=$(cd "$(dirname "$0")/../../src/lab/tex" && pwd)
folder=$(mktemp -d)
npm install --silent --prefix "$folder" @fontsource/stix-two-math@5.3.0
pyftsubset "$folder/node_modules/@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2" \
  --flavor=woff2 --no-hinting --desubroutinize --layout-features=ssty,dtls,kern,ccmp --name-IDs=0,1,2,3,4,5,6,13,14 \
  --output-file="$target/stix-two-math.woff2" \
  --unicodes="U+20-7E,U+A0,U+AC,U+B0-B1,U+B7,U+D7,U+F7,U+302-304,U+391-3A9,U+3B1-3C9,U+3D1,U+3D5,U+3F5,U+2013-2014,U+2016,U+2018-2019,\
U+2026,U+2032-2034,U+2061-2064,U+20D7,U+210E-210F,U+2113,U+211D,U+2190-2194,U+21A6,U+21D0-21D4,U+2200,U+2202-2203,U+2205,U+2207-2209,\
U+220F,U+2211-2213,U+2217-2218,U+221A,U+221D-221E,U+2223,U+2225,U+2227-222B,U+2234,U+223C,U+2243,U+2245,U+2248,U+2254,U+2260-2261,\
U+2264-2265,U+226A-226B,U+2282-2283,U+2286-2287,U+2295,U+2297,U+2299,U+22A4-22A5,U+22C5,U+22EE-22EF,U+22F1,U+2308-230B,U+23B4-23B5,\
U+23DE-23DF,U+27E8-27E9,U+1D434-1D467,U+1D6FC-1D71B,U+1D7CE-1D7D7"
rm -r "$folder"
