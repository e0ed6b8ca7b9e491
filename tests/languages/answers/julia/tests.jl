using Test

@testset "root" begin
    @test root(4) == 2.0
    @test root(9) == 3.0
    @test_throws DomainError root(-1)
end
