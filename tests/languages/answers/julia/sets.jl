function sets(a::Set{Int64}, b::Set{String})::Tuple{Set{Int64}, Set{String}}
    return (union(a, Set{Int64}()), b)
end
