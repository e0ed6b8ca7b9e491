function nested(rows::Vector{Vector{Int64}}, names::Dict{String, Vector{Float64}},
                maybe::Union{Int64, Nothing}, pair::Tuple{String, Tuple{Bool, Int64}})
    return (rows, names, maybe, pair)
end
