-- What luacheck must know of scripts: a name that is not here is a mistake. Run it in this folder:
-- luacheck .
-- Written by lua/reference/generate.lua of outdial.
std = "outdial_flow"
max_line_length = 120

stds.outdial_flow = {
  read_globals = {
    "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "pairs", "pcall", "rawequal", "rawget",
    "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall",
    math = { fields = {
      abs = {}, acos = {}, asin = {}, atan = {}, ceil = {}, cos = {}, deg = {}, exp = {}, floor = {},
      fmod = {}, huge = {}, log = {}, max = {}, maxinteger = {}, min = {}, mininteger = {}, modf = {},
      pi = {}, rad = {}, random = {}, sin = {}, sqrt = {}, tan = {}, tointeger = {}, type = {}, ult = {},
    } },
    string = { fields = {
      byte = {}, char = {}, find = {}, format = {}, gmatch = {}, gsub = {}, len = {}, lower = {}, match = {},
      pack = {}, packsize = {}, rep = {}, reverse = {}, sub = {}, unpack = {}, upper = {},
    } },
    table = { fields = {
      concat = {}, insert = {}, move = {}, pack = {}, remove = {}, sort = {}, unpack = {},
    } },
    utf8 = { fields = {
      char = {}, charpattern = {}, codepoint = {}, codes = {}, len = {}, offset = {},
    } },
  },
}

stds.outdial_provider = {
  read_globals = {
    "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal",
    "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type",
    "xpcall",
    coroutine = { fields = {
      close = {}, create = {}, isyieldable = {}, resume = {}, running = {}, status = {}, wrap = {},
      yield = {},
    } },
    math = { fields = {
      abs = {}, acos = {}, asin = {}, atan = {}, ceil = {}, cos = {}, deg = {}, exp = {}, floor = {},
      fmod = {}, huge = {}, log = {}, max = {}, maxinteger = {}, min = {}, mininteger = {}, modf = {},
      pi = {}, rad = {}, random = {}, randomseed = {}, sin = {}, sqrt = {}, tan = {}, tointeger = {},
      type = {}, ult = {},
    } },
    os = { fields = {
      clock = {}, date = {}, time = {},
    } },
    string = { fields = {
      byte = {}, char = {}, find = {}, format = {}, gmatch = {}, gsub = {}, len = {}, lower = {}, match = {},
      pack = {}, packsize = {}, rep = {}, reverse = {}, sub = {}, unpack = {}, upper = {},
    } },
    table = { fields = {
      concat = {}, insert = {}, move = {}, pack = {}, remove = {}, sort = {}, unpack = {},
    } },
    utf8 = { fields = {
      char = {}, charpattern = {}, codepoint = {}, codes = {}, len = {}, offset = {},
    } },
  },
}

files["providers"] = { std = "outdial_provider" }
for _, folder in ipairs { "flows", "providers", "lib" } do
  files[folder .. "/*_spec.lua"] = { std = "lua54+busted" }
end
