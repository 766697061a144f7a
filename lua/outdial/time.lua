--- Times as text (ISO 8601 with a zone) and as milliseconds since 1970 UTC.

local time = {}

--- Days from 1970-01-01 to a civil date: years run from March so that the leap day is last.
local function days(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

local function civil(day)
  day = day + 719468
  local era = day // 146097
  local of_era = day - era * 146097
  local year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
  local of_year = day - era * 146097 - (365 * year + year // 4 - year // 100)
  local shifted = (5 * of_year + 2) // 153
  local month = shifted < 10 and shifted + 3 or shifted - 9
  return year + era * 400 + (month <= 2 and 1 or 0), month, of_year - (153 * shifted + 2) // 5 + 1
end

local function zone(text)
  if text == "Z" then return 0 end
  local sign, hours, minutes = text:match "^Z?([+-])(%d%d):?(%d%d)$"
  if not sign or tonumber(hours) > 14 or tonumber(minutes) > 59 then return nil end
  return (sign == "-" and -1 or 1) * (tonumber(hours) * 60 + tonumber(minutes))
end

local shape = "^(%d%d%d%d)%-(%d%d)%-(%d%d)[T ](%d%d):(%d%d):?(%d*)%.?(%d*)(.*)$"

local function refuse(text)
  return nil, ("'%s' is not a time like 2026-01-31T09:30:00+01:00"):format(tostring(text))
end

--- outdial.time.parse(text: string): integer?, integer|string
-- Reads a time like 2026-01-31T09:30:00.5+01:00. Seconds and fraction may be left out, the zone may
-- not; "Z+05:30" is read as +05:30.
-- @returns milliseconds since 1970 UTC, and minutes east of UTC; or nil and a sentence
function time.parse(text)
  if type(text) ~= "string" then return refuse(text) end
  local year, month, day, hour, minute, second, fraction, rest = text:match(shape)
  if not year then return refuse(text) end
  local offset = zone(rest)
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second) or 0
  if not offset or hour > 23 or minute > 59 or second > 59 or month < 1 or month > 12 then
    return refuse(text)
  end
  local number = days(year, month, day)
  local _, same_month, same_day = civil(number)
  if same_month ~= month or same_day ~= day then return refuse(text) end
  local ms = (tonumber((fraction .. "000"):sub(1, 3)))
  return (((number * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + ms, offset
end

--- outdial.time.format(ms: integer, offset?: integer): string
-- The digits that a clock shows so many minutes east of UTC.
-- @returns 2026-01-31T09:30:00.500
function time.format(ms, offset)
  local there = ms + (offset or 0) * 60000
  local year, month, day = civil(there // 86400000)
  local rest = there % 86400000
  return ("%04d-%02d-%02dT%02d:%02d:%02d.%03d"):format(year, month, day, rest // 3600000,
    rest // 60000 % 60, rest // 1000 % 60, rest % 1000)
end

--- outdial.time.offset(minutes: integer): string
-- @returns +05:30 for 330
function time.offset(minutes)
  local size = math.abs(minutes)
  return ("%s%02d:%02d"):format(minutes < 0 and "-" or "+", size // 60, size % 60)
end

return time
