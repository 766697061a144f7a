---@meta
-- Written by lua/reference/generate.lua from what the sources say; edit those.

---The globals, which scripts can read; a name that is set there is a mistake to `outdial check`.
---@type table
_G = nil

---Lua 5.4
---@type string
_VERSION = nil

---Raises the message when the value is false or nil.
---@param value any
---@param message? any
---@param ... any
---@return any # its arguments
function assert(value, message, ...) end

---Raises. A table { code =, message = } keeps its words as the run's error.
---@param message any
---@param level? integer
function error(message, level) end

---@param value any
---@return any # its metatable, or nil
function getmetatable(value) end

---Goes over 1, 2, 3 … up to the first nil.
---@param list table
---@return (fun(list: table, i: integer): integer?, any)
---@return table
---@return integer
function ipairs(list) end

---@param t table
---@param key? any
---@return any # the key after this one and its value, in no order
---@return any
function next(t, key) end

---Goes over the keys, in no order.
---@param t table
---@return (fun(t: table, key: any): any, any)
---@return table
---@return any
function pairs(t) end

---Calls. Stopping a script for its instructions or memory cannot be caught.
---@param f function
---@param ... any
---@return boolean # true and what the function returned, or false and what was raised
---@return any
function pcall(f, ...) end

---Compares without __eq.
---@param a any
---@param b any
---@return boolean
function rawequal(a, b) end

---Reads without __index.
---@param t table
---@param key any
---@return any
function rawget(t, key) end

---Measures without __len.
---@param value table|string
---@return integer
function rawlen(value) end

---Writes without __newindex; not into Lua's libraries.
---@param t table
---@param key any
---@param value any
---@return table
function rawset(t, key, value) end

---A module: "outdial", or a file of scripts/lib by its name. Each is loaded once.
---@param name string
---@return any
function require(name) end

---@param n integer|"#"
---@param ... any
---@return any # the arguments from the nth on, or how many there are
function select(n, ...) end

---Without __gc; a flow's without __mode as well.
---@param t table
---@param metatable table?
---@return table
function setmetatable(t, metatable) end

---@param value any
---@param base? integer
---@return number? # a number, or nil
function tonumber(value, base) end

---A table or function is shown as table#1, by first sight, never by an address.
---@param value any
---@return string
function tostring(value) end

---@param value any
---@return "nil"|"number"|"string"|"boolean"|"table"|"function"|"thread"|"userdata" # the type's name
function type(value) end

---As pcall; what was raised goes through the handler.
---@param f function
---@param handler function
---@param ... any
---@return boolean
---@return any
function xpcall(f, handler, ...) end

---@class stringlib
string = {}

---@param text string
---@param first? integer
---@param last? integer
---@return integer # the bytes as numbers
function string.byte(text, first, last) end

---@param ... integer
---@return string # a text of these bytes
function string.char(...) end

---@param text string
---@param pattern string
---@param init? integer
---@param plain? boolean
---@return integer? # where the first match begins and ends, and its captures; or nil
---@return integer?
---@return string
function string.find(text, pattern, init, plain) end

---As C's printf, with %q for a Lua text; without %p.
---@param format string
---@param ... any
---@return string
function string.format(format, ...) end

---Goes over the matches.
---@param text string
---@param pattern string
---@param init? integer
---@return fun(): string
---@return string
function string.gmatch(text, pattern, init) end

---@param text string
---@param pattern string
---@param by string|table|function
---@param most? integer
---@return string # the text with its matches replaced, and how many there were
---@return integer
function string.gsub(text, pattern, by, most) end

---@param text string
---@return integer # its bytes
function string.len(text) end

---Of ASCII letters.
---@param text string
---@return string
function string.lower(text) end

---@param text string
---@param pattern string
---@param init? integer
---@return string? # the first match's captures, or all of it; or nil
---@return string
function string.match(text, pattern, init) end

---@param format string
---@param ... any
---@return string # the values as bytes
function string.pack(format, ...) end

---@param format string
---@return integer # how many bytes that takes
function string.packsize(format) end

---@param text string
---@param times integer
---@param between? string
---@return string # the text repeated
function string.rep(text, times, between) end

---By bytes.
---@param text string
---@return string
function string.reverse(text) end

---@param text string
---@param first integer
---@param last? integer
---@return string # a part, by bytes; a negative place counts from the end
function string.sub(text, first, last) end

---@param format string
---@param bytes string
---@param init? integer
---@return any # the values, and where it stopped
function string.unpack(format, bytes, init) end

---Of ASCII letters.
---@param text string
---@return string
function string.upper(text) end

---@class tablelib
table = {}

---@param list table
---@param between? string
---@param first? integer
---@param last? integer
---@return string # the texts as one
function table.concat(list, between, first, last) end

---Appends a value, or puts it in before a position: insert(list, value), insert(list, position, value).
---@param list table
---@param position any
---@param value? any
function table.insert(list, position, value) end

---Copies a part of a list.
---@param from table
---@param first integer
---@param last integer
---@param to integer
---@param into? table
---@return table
function table.move(from, first, last, to, into) end

---@param ... any
---@return table # a list of the arguments, with their number as n
function table.pack(...) end

---Takes the last one, or the one at a position, out.
---@param list table
---@param position? integer
---@return any
function table.remove(list, position) end

---In place, and stable: what is equal stays in its order.
---@param list table
---@param before? fun(a: any, b: any): boolean
function table.sort(list, before) end

---@param list table
---@param first? integer
---@param last? integer
---@return any # its values, each by itself
function table.unpack(list, first, last) end

---@class utf8lib
utf8 = {}

---@param ... integer
---@return string # a text of these characters
function utf8.char(...) end

---Matches one character.
---@type string
utf8.charpattern = nil

---@param text string
---@param first? integer
---@param last? integer
---@param lax? boolean
---@return integer # the characters as numbers
function utf8.codepoint(text, first, last, lax) end

---Goes over the characters: where each begins, and its number.
---@param text string
---@param lax? boolean
---@return fun(text: string, at: integer): integer
---@return integer
function utf8.codes(text, lax) end

---@param text string
---@param first? integer
---@param last? integer
---@param lax? boolean
---@return integer? # how many characters it has; or nil and where it is broken
---@return integer?
function utf8.len(text, first, last, lax) end

---@param text string
---@param n integer
---@param from? integer
---@return integer? # where the nth character begins
function utf8.offset(text, n, from) end

---@class mathlib
math = {}

---Without its sign.
---@param x number
---@return number
function math.abs(x) end

---In radians.
---@param x number
---@return number
function math.acos(x) end

---In radians.
---@param x number
---@return number
function math.asin(x) end

---In radians.
---@param y number
---@param x? number
---@return number
function math.atan(y, x) end

---Rounded up.
---@param x number
---@return integer
function math.ceil(x) end

---Of radians.
---@param x number
---@return number
function math.cos(x) end

---Radians as degrees.
---@param x number
---@return number
function math.deg(x) end

---e to the power of x.
---@param x number
---@return number
function math.exp(x) end

---Rounded down.
---@param x number
---@return integer
function math.floor(x) end

---What division leaves, rounded to zero.
---@param x number
---@param y number
---@return number
function math.fmod(x, y) end

---More than any number.
---@type number
math.huge = nil

---Natural, or to a base.
---@param x number
---@param base? number
---@return number
function math.log(x, base) end

---The largest.
---@param x number
---@param ... number
---@return number
function math.max(x, ...) end

---2^63 - 1.
---@type integer
math.maxinteger = nil

---The smallest.
---@param x number
---@param ... number
---@return number
function math.min(x, ...) end

----2^63.
---@type integer
math.mininteger = nil

---@param x number
---@return number # its whole part and the rest
---@return number
function math.modf(x) end

---3.14159…
---@type number
math.pi = nil

---Degrees as radians.
---@param x number
---@return number
function math.rad(x) end

---@param low? integer
---@param high? integer
---@return number # a number below 1, or a whole one from 1 to low, or from low to high
function math.random(low, high) end

---@param x? integer
---@param y? integer
---@return integer # the two parts of the seed
---@return integer
function math.randomseed(x, y) end

---Of radians.
---@param x number
---@return number
function math.sin(x) end

---The square root.
---@param x number
---@return number
function math.sqrt(x) end

---Of radians.
---@param x number
---@return number
function math.tan(x) end

---@param x any
---@return integer? # the same as an integer, or nil
function math.tointeger(x) end

---@param x any
---@return "integer"|"float"|nil # which kind of number it is, or nil
function math.type(x) end

---Whether a is less than b, both taken as unsigned.
---@param a integer
---@param b integer
---@return boolean
function math.ult(a, b) end

---@class oslib
os = {}

---@return number # seconds of processor time
function os.clock() end

---@param format? string
---@param time? integer
---@return string|table # a time as text, or with "*t" as a table
function os.date(format, time) end

---@param t? table
---@return integer # seconds since 1970 UTC
function os.time(t) end

---@class coroutinelib
coroutine = {}

---@param co thread
---@return boolean
---@return any
function coroutine.close(co) end

---Ops (outdial.http …) work in the function that the engine called, not in a coroutine of its own.
---@param f function
---@return thread
function coroutine.create(f) end

---@param co? thread
---@return boolean
function coroutine.isyieldable(co) end

---@param co thread
---@param ... any
---@return boolean
---@return any
function coroutine.resume(co, ...) end

---@return thread
---@return boolean
function coroutine.running() end

---@param co thread
---@return "running"|"suspended"|"normal"|"dead"
function coroutine.status(co) end

---@param f function
---@return fun(...: any): any
function coroutine.wrap(f) end

---@param ... any
---@return any
function coroutine.yield(...) end
