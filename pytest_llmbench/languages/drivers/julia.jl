# Serve calls of a Julia answer; the format of a line is that of grading/wire.py.
#
# How an argument is read is chosen by its declared type, how a value is written by its own.
module LLMBench

const MAX_DEPTH = 100
const FLOATS = Dict("nan" => NaN, "inf" => Inf, "-inf" => -Inf)

struct TooDeep <: Exception end

mutable struct Words
    words::Vector{String}
    at::Int
end

function next!(words::Words)
    words.at += 1
    return words.words[words.at]
end

peek_word(words::Words) = words.words[words.at + 1]
rest(word::String) = String(SubString(word, 2))
count!(words::Words) = parse(Int, rest(next!(words)))
text_of(word::String) = String(hex2bytes(rest(word)))
hex(text::AbstractString) = "s" * bytes2hex(codeunits(String(text)))

function read_float(digits::String)
    return haskey(FLOATS, digits) ? FLOATS[digits] : parse(Float64, digits)
end

read_value(words::Words, ::Type{Nothing}) = (next!(words); nothing)
read_value(words::Words, ::Type{Bool}) = next!(words) == "t"
read_value(words::Words, ::Type{Int64}) = parse(Int64, rest(next!(words)))
read_value(words::Words, ::Type{Float64}) = read_float(rest(next!(words)))
read_value(words::Words, ::Type{String}) = text_of(next!(words))

function read_value(words::Words, ::Type{Vector{T}}) where {T}
    return T[read_value(words, T) for _ in 1:count!(words)]
end

function read_value(words::Words, ::Type{Set{T}}) where {T}
    items = Set{T}()
    for _ in 1:count!(words)
        push!(items, read_value(words, T))
    end
    return items
end

function read_value(words::Words, ::Type{Dict{K,V}}) where {K,V}
    map = Dict{K,V}()
    for _ in 1:count!(words)
        key = read_value(words, K)
        map[key] = read_value(words, V)
    end
    return map
end

# Tuples, unions with nothing, and what may be anything.
function read_value(words::Words, @nospecialize(T::Type))
    if T isa Union
        inner = T.a === Nothing ? T.b : T.a
        return peek_word(words) == "n" ? read_value(words, Nothing) : read_value(words, inner)
    elseif T <: Tuple
        next!(words)
        return Tuple(Any[read_value(words, fieldtype(T, i)) for i in 1:fieldcount(T)])
    end
    return read_any(words)
end

function read_any(words::Words)
    kind = peek_word(words)[1]
    kind == 'n' && return read_value(words, Nothing)
    kind in "tf" && return read_value(words, Bool)
    kind == 'i' && return read_value(words, Int64)
    kind == 'd' && return read_value(words, Float64)
    kind == 's' && return read_value(words, String)
    kind == 'h' && return read_value(words, Set{Any})
    kind == 'm' && return read_value(words, Dict{Any,Any})
    # Narrowed to the type that the items share, as a literal would have it.
    items = identity.(read_value(words, Vector{Any}))
    return kind == 'p' ? Tuple(items) : items
end

function check_depth(depth::Int)
    depth > MAX_DEPTH && throw(TooDeep())
    return depth + 1
end

write_value(out::IO, ::Union{Nothing,Missing}, ::Int) = print(out, " n")
write_value(out::IO, value::Bool, ::Int) = print(out, value ? " t" : " f")
write_value(out::IO, value::Integer, ::Int) = print(out, " i", value)
write_value(out::IO, value::Real, depth::Int) = write_value(out, Float64(value), depth)
write_value(out::IO, value::Symbol, ::Int) = print(out, " ", hex(string(value)))
write_value(out::IO, value::AbstractChar, ::Int) = print(out, " ", hex(string(value)))
write_value(out::IO, value::Tuple, depth::Int) = write_items(out, 'p', value, depth)
write_value(out::IO, value::Pair, depth::Int) = write_value(out, Tuple(value), depth)
write_value(out::IO, value::AbstractVector, depth::Int) = write_items(out, 'l', value, depth)
write_value(out::IO, value::AbstractSet, depth::Int) = write_items(out, 'h', value, depth)

function write_value(out::IO, value::Float64, ::Int)
    text = isnan(value) ? "nan" : isinf(value) ? (value > 0 ? "inf" : "-inf") : string(value)
    print(out, " d", text)
end

function write_value(out::IO, value::AbstractString, depth::Int)
    isvalid(value) ? print(out, " ", hex(value)) : write_opaque(out, value)
end

# A matrix is the list of its rows.
function write_value(out::IO, value::AbstractMatrix, depth::Int)
    write_items(out, 'l', [value[row, :] for row in axes(value, 1)], depth)
end

function write_value(out::IO, value::AbstractDict, depth::Int)
    inner = check_depth(depth)
    print(out, " m", length(value))
    for (key, item) in value
        write_value(out, key, inner)
        write_value(out, item, inner)
    end
end

write_value(out::IO, @nospecialize(value), ::Int) = write_opaque(out, value)

function write_items(out::IO, mark::Char, items, depth::Int)
    inner = check_depth(depth)
    print(out, " ", mark, length(items))
    for item in items
        write_value(out, item, inner)
    end
end

function write_opaque(out::IO, @nospecialize(value))
    shown = first(repr(value; context=:limit => true), 200)
    print(out, " o", rest(hex(string(typeof(value)))), " ", hex(isvalid(shown) ? shown : ""))
end

function failure(@nospecialize(error))
    message = sprint(showerror, error)
    shown = isvalid(message) ? first(message, 1000) : ""
    return "e " * hex(string(typeof(error))) * " " * hex(shown)
end

# What went wrong with a file is wrapped, once for each file that includes another.
function load_failure(@nospecialize(error))
    place = ""
    while error isa LoadError
        place = string("\n", basename(error.file), ":", error.line)
        error = error.error
    end
    is_syntax = error isa Meta.ParseError ||
        (error isa ErrorException && startswith(error.msg, "syntax:"))
    is_syntax || return failure(error)
    return "k " * hex(sprint(showerror, error) * place)
end

function call(line::String, types::Vector)
    words = Words(String.(split(line, ' ')), 0)
    name = Symbol(text_of(next!(words)))
    count = count!(words)
    arguments = Any[read_value(words, get(types, i, Any)) for i in 1:count]
    # The answer is younger than this function: that is asked of the latest world.
    Base.invokelatest(isdefined, Main, name) || return "x"
    target = Base.invokelatest(getfield, Main, name)
    value = try
        Base.invokelatest(target, arguments...)
    catch error
        return failure(error)
    end
    out = IOBuffer()
    try
        Base.invokelatest(write_value, out, value, 0)
    catch error
        error isa TooDeep || rethrow()
        return "u " * hex("nested deeper than $MAX_DEPTH levels")
    end
    return "v" * String(take!(out))
end

function serve(types::Vector)
    calls = fdio(3)
    replies = fdio(4)
    function say(reply)
        flush(stdout)
        println(replies, reply)
        flush(replies)
    end
    try
        Base.include(Main, joinpath(pwd(), "solution.jl"))
    catch error
        say(load_failure(error))
        return
    end
    say("r")
    while !eof(calls)
        say(call(readline(calls), types))
    end
end

end

LLMBench.serve(include(joinpath(pwd(), "types.jl")))
