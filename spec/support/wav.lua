--- WAV files, 8000 Hz unless asked for otherwise, that a spec can make good or bad.

local wav = {}

--- PCM of 16 bits whose samples a function of the time gives, from -1 to 1.
function wav.of(seconds, sample, rate)
  rate = rate or 8000
  local values = {}
  for i = 0, math.floor(seconds * rate) - 1 do
    values[#values + 1] = string.pack("<i2", math.floor(sample(i / rate) * 32767 + 0.5))
  end
  local data = table.concat(values)
  local format = string.pack("<I4I2I2I4I4I2I2", 16, 1, 1, rate, rate * 2, 2, 16)
  return "RIFF" .. string.pack("<I4", 36 + #data) .. "WAVEfmt " .. format .. "data" .. string.pack("<I4", #data) .. data
end

--- A tone that nothing is wrong with.
function wav.tone(volume)
  return function(time)
    return (volume or 0.2) * math.sin(time * 3000)
  end
end

--- One second of it.
function wav.good() return wav.of(1, wav.tone()) end

--- The same, with its end missing.
function wav.cut() return wav.good():sub(1, -1001) end

--- The same, and nobody would hear it.
function wav.quiet() return wav.of(1, wav.tone(0.002)) end

return wav
