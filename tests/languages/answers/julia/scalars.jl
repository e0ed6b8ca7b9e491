scalars(i::Int64, x::Float64, b::Bool, s::String) = (i, x, b, s)
